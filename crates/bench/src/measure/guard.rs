//! Nothing outlives a benchmark. It runs as the child of a guard. However it ends, the guard ends the program that was just being
//! measured, and removes what it saved. Processes that a measured program leaves behind become children of the benchmark, as they
//! would of init.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use std::{env, thread};

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{Pid, getpid, getppid};
use procfs::process::{Process, Task};
use signal_hook::consts::{SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1};
use signal_hook::iterator::Signals;
use signal_hook::{flag, low_level};

use crate::measure::scratch;

/// What tells the benchmark that its guard is gone. It may come more than once, for each of the guard's threads.
pub const GONE: i32 = SIGUSR1;

/// Holds the guard's process id in the environment of the benchmark itself.
const GUARD: &str = "BENCH_GUARD";
/// How long it may take to die of SIGKILL.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often is looked whether it has.
const TICK: Duration = Duration::from_millis(1);

/// Runs this program again, as the benchmark, and returns its exit status; none if this is the benchmark.
///
/// # Errors
/// A system that starts no more processes; a guard that is gone already.
pub fn enter() -> Result<Option<u8>> {
    prctl::set_child_subreaper(true).context("failed to become the parent of what programs leave behind")?;
    if let Some(guard) = env::var(GUARD).ok().and_then(|id| id.parse().ok()).map(Pid::from_raw) {
        // Of a guard that is gone there is nothing to hear any more.
        prctl::set_pdeathsig(Signal::SIGUSR1).context("failed to watch over the guard")?;
        if getppid() == guard {
            return Ok(None);
        }
    }
    let job_control = [SIGTSTP, SIGCONT].into_iter().filter(|signal| !is_ignored(*signal));
    let mut signals = Signals::new(endings().chain(job_control)).context("failed to listen for signals")?;
    let program = env::current_exe().context("failed to find out where this program lies")?;
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut command = Command::new(program);
    // In a group of its own, so that a Ctrl-C of the terminal reaches it once, by way of the guard.
    command.args(env::args_os().skip(1)).env(GUARD, getpid().to_string()).process_group(0);
    let mut benchmark = command.spawn().with_context(|| format!("failed to start {name} again, under a guard"))?;
    let id = Pid::from_raw(benchmark.id() as i32);
    let listening = signals.handle();
    thread::spawn(move || signals.forever().for_each(|signal| pass_on(signal, id)));

    let status = benchmark.wait().with_context(|| format!("failed to wait for {name}"))?;
    listening.close();
    end_strays(&BTreeSet::new(), Duration::ZERO);
    scratch::sweep();
    match status.code() {
        Some(code) => Ok(Some(code as u8)),
        None => bail!("{name} was ended by a signal ({status}): what it wrote until then is kept"),
    }
}

/// Gives a signal on to the benchmark. Ctrl-Z stops both.
fn pass_on(signal: i32, benchmark: Pid) {
    let given = if signal == SIGTSTP { Some(Signal::SIGSTOP) } else { Signal::try_from(signal).ok() };
    // It may have ended just now.
    let _ = kill(benchmark, given);
    if signal == SIGTSTP {
        let _ = low_level::emulate_default_handler(SIGTSTP);
    }
}

/// The signals that end a benchmark, but for those that were ignored when it was started: by `nohup`, or for a job in the
/// background of a script.
pub fn endings() -> impl Iterator<Item = i32> {
    [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal))
}

/// Whether a signal is ignored, as the program that started us may have left it.
fn is_ignored(signal: i32) -> bool {
    let status = Process::myself().and_then(|process| process.status());
    status.is_ok_and(|status| status.sigign >> (signal - 1) & 1 == 1)
}

/// Sees to it that we hear of the ends of our children, which the system keeps from those who ignore SIGCHLD.
///
/// # Errors
/// A system that takes no handler.
pub fn hear_of_children() -> Result<()> {
    if is_ignored(SIGCHLD) {
        flag::register(SIGCHLD, Arc::new(AtomicBool::new(false))).context("failed to listen for SIGCHLD")?;
    }
    Ok(())
}

/// Our children, as far as the system tells.
pub fn children() -> BTreeSet<i32> {
    let threads = Process::myself().and_then(|process| process.tasks());
    let of_thread = |thread: procfs::ProcResult<Task>| thread.and_then(|thread| thread.children()).unwrap_or_default();
    threads.into_iter().flatten().flat_map(of_thread).map(|id| id as i32).collect()
}

/// Ends every child that is not among `known`, with all that it started, and returns how many there were that did not end by
/// themselves within `grace`. None are strays unless we are a subreaper: then all that is not known was left behind.
pub fn end_strays(known: &BTreeSet<i32>, grace: Duration) -> usize {
    if !prctl::get_child_subreaper().unwrap_or(false) {
        return 0;
    }
    let begun = Instant::now();
    let mut killed = BTreeSet::new();
    loop {
        let mut strays = children();
        strays.retain(|stray| !known.contains(stray));
        strays.retain(|&stray| !has_ended(Pid::from_raw(stray)));
        if strays.is_empty() || begun.elapsed() > grace + PATIENCE {
            return killed.len();
        }
        if begun.elapsed() >= grace {
            for stray in strays {
                // What may not be killed, a program of another user's, is left to itself.
                let _ = kill(Pid::from_raw(stray), Signal::SIGKILL);
                killed.insert(stray);
            }
        }
        thread::sleep(TICK);
    }
}

/// Whether a child has ended; then it is gone after this.
fn has_ended(child: Pid) -> bool {
    match waitpid(child, Some(WaitPidFlag::WNOHANG)) {
        Ok(status) => status.pid().is_some(),
        Err(error) => error == Errno::ECHILD,
    }
}
