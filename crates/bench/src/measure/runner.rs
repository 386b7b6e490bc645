//! The runner that does start programs: a fresh process each, against a server in a process of its own, and the answer
//! checked once the time is taken.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::analyse::bounds::makespan;
use crate::measure::child::{self, End, Finished, Terms};
use crate::measure::machine;
use crate::measure::nginx::Nginx;
use crate::measure::scratch::{self, Scratch};
use crate::measure::server::{Server, Serves, Stats};
use crate::measure::session::{Run, Runner};
use crate::measure::verify::{self, Answers, Digests, Expected};
use crate::measure::wrk;
use crate::plan::contenders::{Check, Contender, Report};
use crate::plan::placeholders::Values;
use crate::plan::workload::{Work, Workload};
use crate::record::program_report::ProgramReport;
use crate::record::sample::Sample;
use crate::record::wrong::Wrong;

/// Starts programs, and keeps what they need: the servers, the folder that they download to, the right answers.
#[derive(Debug)]
pub struct Processes {
    bin: PathBuf,
    limit: Duration,
    cancel: Arc<AtomicBool>,
    servers: Vec<(Serves, Server)>,
    nginx: Option<Nginx>,
    prepared: HashMap<String, Prepared>,
    /// After the servers, so that it is removed when they have ended.
    scratch: Scratch,
}

/// What one workload needs.
#[derive(Debug)]
struct Prepared {
    values: Values,
    dest: PathBuf,
    server: Option<usize>,
    expected: Expected,
    digests: Digests,
    delays_us: Vec<u64>,
    /// Who was the first to answer right where only a run can tell what is right, and what it answered: one by one, if it can.
    first: Option<(String, Answers)>,
    /// The contenders that it ran already.
    seen: HashSet<String>,
}

impl Processes {
    /// A runner for the programs in `bin`, which kills those that take longer than `limit`.
    ///
    /// # Errors
    /// No folder to download to.
    pub fn new(bin: &Path, limit: Duration, cancel: Arc<AtomicBool>) -> Result<Self> {
        let scratch = Scratch::new()?;
        Ok(Self { bin: bin.into(), limit, cancel, servers: Vec::new(), nginx: None, prepared: HashMap::new(), scratch })
    }

    /// Where the programs save what they download.
    pub fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// Readies `workload`: its server, its input files, and the right answer.
    ///
    /// # Errors
    /// A server that does not start or does not tell what it has; a full disk.
    pub fn prepare(&mut self, workload: &Workload) -> Result<()> {
        let folder = self.scratch.path.join(self.prepared.len().to_string());
        let dest = folder.join("downloaded");
        let mut server = None;
        let (mut base_url, mut expected, mut delays_us) = (String::new(), Expected::default(), Vec::new());
        let mut digests = Digests::default();
        if let Work::Flags { codes, copies, delay, seed, size, cpu, nginx, .. } = &workload.work {
            let index = self.server(Serves { delay: delay.clone(), seed: *seed, size: *size })?;
            let running = &self.servers[index].1;
            let manifest = running.manifest(codes, *copies)?;
            base_url = running.base_url.clone();
            expected = Expected::new(&manifest);
            digests = cpu.map(|cpu| Digests::new(&manifest, cpu.rounds)).unwrap_or_default();
            if delay.is_some() {
                delays_us = manifest.flags.iter().filter_map(|row| Some(row.attempts.first()?.delay_us)).collect();
            }
            // Only our own server counts what it did.
            server = (!nginx).then_some(index);
            if *nginx {
                base_url = self.nginx(index)?;
            }
        }
        let values = Values::new(workload, &base_url, &self.bin, &dest, &folder.join("lists"))?;
        self.prepared.insert(
            workload.name.clone(),
            Prepared { values, dest, server, expected, digests, delays_us, first: None, seen: HashSet::new() },
        );
        Ok(())
    }

    /// The server's delays for a prepared workload, in the order in which the tasks are asked for.
    pub fn delays_us(&self, workload: &Workload) -> Vec<u64> {
        self.prepared.get(&workload.name).map(|prepared| prepared.delays_us.clone()).unwrap_or_default()
    }

    /// The command that `contender` is started with on a prepared workload.
    ///
    /// # Errors
    /// A workload that is not prepared; an unknown placeholder; a URL that is not on the loopback.
    pub fn command(&self, workload: &Workload, contender: &Contender) -> Result<Vec<OsString>> {
        self.prepared(workload)?.values.command(contender)
    }

    fn prepared(&self, workload: &Workload) -> Result<&Prepared> {
        self.prepared.get(&workload.name).with_context(|| format!("{} was never prepared", workload.name))
    }

    /// Where nginx has the flags of the server `index`; it is started if it does not run yet.
    fn nginx(&mut self, index: usize) -> Result<String> {
        let nginx = match self.nginx.take() {
            Some(running) => running,
            None => Nginx::start(&self.servers[index].1, &self.scratch.path.join("nginx"))?,
        };
        Ok(self.nginx.insert(nginx).base_url.clone())
    }

    /// The server that serves this, started if it does not run yet.
    fn server(&mut self, serves: Serves) -> Result<usize> {
        if let Some(index) = self.servers.iter().position(|(served, _)| *served == serves) {
            return Ok(index);
        }
        let server = Server::start(&self.bin.join("flag-server"), &serves)?;
        self.servers.push((serves, server));
        Ok(self.servers.len() - 1)
    }
}

impl Runner for Processes {
    fn least(&self, workload: &Workload, contender: &Contender) -> Option<Duration> {
        let delays = &self.prepared.get(&workload.name)?.delays_us;
        (!delays.is_empty()).then(|| Duration::from_micros(makespan(delays, contender.workers(workload))))
    }

    fn run(&mut self, workload: &Workload, contender: &Contender) -> Result<Option<Run>> {
        let begun = Instant::now();
        let prepared =
            self.prepared.get_mut(&workload.name).with_context(|| format!("{} was never prepared", workload.name))?;
        prepared.renew_dest()?;
        let prepared = &*prepared;
        let command = prepared.values.command(contender)?;
        let server = prepared.server.map(|index| &self.servers[index].1);
        server.map(Server::reset).transpose()?;
        let (load, pressure) = (machine::load()[0], machine::pressure());

        // The first run is the proof of round 0, whose time does not count.
        let first = !prepared.seen.contains(&contender.name);
        let watch_memory = first && contender.report == Report::None;
        let own_environment = contender.own_environment;
        let terms = Terms { limit: self.limit, cancel: &self.cancel, watch_memory, heard_by: None, own_environment };
        let start = if contender.bare { child::run_bare } else { child::run };
        let finished = start(&command[0], &command[1..], terms)?;
        let stats = server.map(Server::stats).transpose()?;
        if finished.end == End::Interrupted {
            return Ok(None);
        }
        let report = (contender.report == Report::Json).then(|| ProgramReport::parse(&finished.stdout));
        let answers = answer(workload, contender, prepared, &finished, report.as_ref(), self.limit);
        let (answers, wrong) = match answers {
            Ok(answers) => (answers, None),
            Err(wrong) => (None, Some(wrong)),
        };
        let mut sample = Sample {
            wrong: wrong.map(|wrong| wrong.shown()),
            load,
            pressure,
            ..measured(&finished, report.and_then(Result::ok).as_ref(), stats)
        };
        if contender.report == Report::Wrk {
            sample.inside_us = wrk::time_of_a_thousand(&String::from_utf8_lossy(&finished.stdout)).ok();
        }
        if let Some(prepared) = self.prepared.get_mut(&workload.name) {
            prepared.seen.insert(contender.name.clone());
            if prepared.first.is_none() {
                prepared.first = answers.map(|answers| (contender.name.clone(), answers));
            }
        }
        Ok(Some(Run { sample, output: finished.stdout, spent: begun.elapsed() }))
    }
}

/// The figures of one run.
fn measured(finished: &Finished, report: Option<&ProgramReport>, stats: Option<Stats>) -> Sample {
    let usage = finished.usage;
    Sample {
        wall_us: finished.wall.as_micros() as u64,
        inside_us: report.map(ProgramReport::inside_us),
        user_us: usage.user_us,
        system_us: usage.system_us,
        voluntary: usage.voluntary,
        involuntary: usage.involuntary,
        peak_kib: report.map_or(finished.peak_kib, |report| report.peak_memory_kib),
        processes: report.and_then(|report| report.processes),
        loop_pause_us: report.and_then(|report| report.longest_loop_pause_us),
        left_behind: Some(finished.left_behind as u64),
        errors: report.map(|report| report.counts.errors),
        exit: finished.end.to_string(),
        server_requests: stats.map(|stats| stats.requests),
        server_connections: stats.map(|stats| stats.connections),
        server_peak_in_flight: stats.map(|stats| stats.peak_in_flight),
        server_cpu_us: stats.map(|stats| stats.cpu_user_us + stats.cpu_system_us),
        ..Sample::default()
    }
}

/// Checks the answer, and returns it where it is compared with that of others.
fn answer(
    workload: &Workload,
    contender: &Contender,
    prepared: &Prepared,
    finished: &Finished,
    report: Option<&Result<ProgramReport, Wrong>>,
    limit: Duration,
) -> Result<Option<Answers>, Wrong> {
    if finished.end == End::TimedOut {
        return Err(Wrong(format!("it was killed after {} s, its time limit", limit.as_secs_f64())));
    }
    let count = workload.work.count();
    if let (Check::Answers, Some(Ok(report))) = (contender.check, report) {
        return verify::check_answers(&contender.name, report, count, prepared.first.as_ref()).map(Some);
    }
    let right = if matches!(workload.work, Work::Flags { .. }) { prepared.expected.len() } else { count };
    let missing = if right < count { contender.exit_if_missing } else { None };
    if !finished.end.is_success() && (missing.is_none() || finished.end.code() != missing) {
        let complaint: String = finished.stderr.trim().lines().next_back().unwrap_or("").chars().take(200).collect();
        let said = if complaint.is_empty() { String::new() } else { format!(", saying {complaint:?}") };
        return Err(Wrong(format!("it ended with {}{said}", finished.end)));
    }
    let report = report.map(|report| report.as_ref().map_err(Clone::clone)).transpose()?;
    match contender.check {
        Check::Files => prepared.expected.check_files(&prepared.dest)?,
        Check::Contents => prepared.expected.check_contents(&prepared.dest)?,
        Check::Primes => {
            let output = String::from_utf8_lossy(&finished.stdout);
            let answers = report.map_or_else(|| verify::prime_lines(&output), ProgramReport::prime_answers);
            return verify::check_primes(&answers).map(|()| None);
        }
        Check::Counts | Check::Answers => {}
        Check::Prints if finished.stdout.is_empty() => return Err(Wrong("it printed nothing".into())),
        Check::Prints => {}
        Check::Load => {
            wrk::time_of_a_thousand(&String::from_utf8_lossy(&finished.stdout))?;
        }
    }
    if let Some(report) = report {
        verify::check_counts(report, count, right)?;
        prepared.digests.check(report)?;
    }
    Ok(None)
}

impl Prepared {
    /// Empties the folder that is downloaded to, or takes another if what a program left there cannot be moved.
    fn renew_dest(&mut self) -> Result<()> {
        if scratch::renew(&self.dest).is_err() {
            self.dest.as_mut_os_string().push("-");
            scratch::renew(&self.dest).with_context(|| format!("failed to create {}", self.dest.display()))?;
            self.values.save_in(&self.dest)?;
        }
        Ok(())
    }
}
