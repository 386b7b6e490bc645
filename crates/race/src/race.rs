//! Runs the strategies' programs, each alone, one after another, and tells what happens as it happens.

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bench::measure::child::{self, End, Terms};
use bench::measure::scratch::{self, Scratch};
use bench::measure::server::Server;
use bench::plan::strategies::Strategy;

use crate::knobs::{Knobs, Work};
use crate::places::{Times, standing};
use crate::told::{Pane, Said, Told};

/// The time after which a program is killed.
const LIMIT: Duration = Duration::from_secs(600);
/// The longest line that a program may say.
const LONGEST_LINE: usize = 64 << 10;
/// The status of a program in which some tasks failed: part of the race.
const SOME_FAILED: Option<i32> = Some(1);

/// Who is told.
pub type Tell<'a> = &'a mut dyn FnMut(Told);

/// Races with the programs in `bin`, until it is over or `cancel` is raised; whether every strategy finished.
///
/// # Errors
/// A server that does not start, a folder that cannot be made.
pub fn race(knobs: &Knobs, bin: &Path, cancel: &AtomicBool, tell: Tell) -> Result<bool> {
    let scratch = Scratch::new()?;
    let server =
        knobs.server().map(|kind| Server::start_as(&bin.join("flag-server"), &kind, knobs.seed)).transpose()?;
    let pane = |strategy: &'static Strategy| Pane { name: &strategy.name, kind: &strategy.kind, total: knobs.tasks() };
    let panes: Vec<Pane> = knobs.strategies().into_iter().map(pane).collect();
    let mut times: Vec<Option<Times>> =
        panes.iter().map(|pane| Some(Times { name: pane.name.into(), elapsed_us: Vec::new(), errors: 0 })).collect();
    let pending = knobs.work == Work::Primes;
    tell(Told::Race { work: knobs.words(), pending, rounds: knobs.rounds, panes: panes.clone() });
    for round in 1..=knobs.rounds {
        for turn in 0..panes.len() {
            // In each round another one begins.
            let pane = (turn + round as usize - 1) % panes.len();
            let strategy = &panes[pane];
            let Some(kept) = &mut times[pane] else { continue };
            let dest = scratch.path.join(strategy.name);
            scratch::renew(&dest).with_context(|| format!("failed to create {}", dest.display()))?;
            // Each strategy meets the server as the first one did.
            server.as_ref().map(Server::reset).transpose()?;
            let command = command(knobs, bin, strategy.name, server.as_ref(), &dest);
            let ran = run(&command, cancel, pane, round, tell);
            if cancel.load(Ordering::Relaxed) {
                tell(Told::Stopped { why: "It was stopped.".into() });
                return Ok(false);
            }
            match ran {
                Ok((elapsed_us, errors)) => {
                    kept.elapsed_us.push(elapsed_us);
                    kept.errors += errors;
                }
                Err(error) => {
                    tell(Told::Failed { pane, why: format!("{error:#}") });
                    times[pane] = None;
                }
            }
        }
    }
    let finished: Vec<Times> = times.into_iter().flatten().collect();
    tell(Told::Result(standing(&finished)));
    Ok(finished.len() == panes.len())
}

fn command(knobs: &Knobs, bin: &Path, name: &str, server: Option<&Server>, dest: &Path) -> Vec<OsString> {
    let mut command = vec![bin.join(name).into_os_string()];
    command.extend(knobs.arguments().into_iter().map(OsString::from));
    command.extend(["--quiet", "--events", "/dev/stdout"].map(OsString::from));
    if let Some(server) = server {
        command.extend([OsString::from("--server"), server.base_url.clone().into(), "--dest".into(), dest.into()]);
    }
    command
}

/// Runs one program, and tells what it says; its own time, and how many of its tasks failed.
fn run(command: &[OsString], cancel: &AtomicBool, pane: usize, round: u64, tell: Tell) -> Result<(u64, u64)> {
    let (heard, pieces) = mpsc::channel();
    let (finished, told) = thread::scope(|scope| {
        let program = scope.spawn(move || {
            let terms =
                Terms { limit: LIMIT, cancel, watch_memory: false, heard_by: Some(&heard), own_environment: false };
            child::run(&command[0], &command[1..], terms)
        });
        let told = listen(&pieces, pane, round, tell);
        // What it says after something that is no event is not heard, but it ends as it would.
        drop(pieces);
        (program.join().expect("the thread that waits for a program does not panic"), told)
    });
    let finished = finished?;
    if finished.end == End::TimedOut {
        bail!("it was killed after {} s", LIMIT.as_secs());
    }
    if !finished.end.is_success() && finished.end.code() != SOME_FAILED {
        let complaint: String = finished.stderr.trim().lines().next_back().unwrap_or("").chars().take(200).collect();
        bail!("it ended with {}, saying {:?}", finished.end, bench::base::untrusted::visible(&complaint));
    }
    told?.context("it ended without saying so")
}

/// Tells each line as it comes; what the last one says.
fn listen(pieces: &Receiver<Vec<u8>>, pane: usize, round: u64, tell: Tell) -> Result<Option<(u64, u64)>> {
    let mut rest = Vec::new();
    let mut end = None;
    for piece in pieces {
        rest.extend_from_slice(&piece);
        while let Some(newline) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=newline).collect();
            match Said::read(&line)? {
                Said::Run {} => tell(Told::Run { pane, round }),
                Said::Start(task) if round == 1 => tell(Told::Begin { pane, task }),
                Said::Sample(task) if round == 1 => tell(Told::Task { pane, task }),
                Said::Start(_) | Said::Sample(_) => {}
                Said::End { counts, elapsed_us } => {
                    end = Some((elapsed_us, counts.get("errors").copied().unwrap_or_default()));
                    tell(Told::End { pane, round, elapsed_us, counts });
                }
            }
        }
        ensure!(rest.len() <= LONGEST_LINE, "it said a line of more than {LONGEST_LINE} bytes");
    }
    Ok(end)
}
