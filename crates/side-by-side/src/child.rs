//! The measured process: this program started again, which runs the whole list by one strategy and reports.

use std::{
    env,
    fs::File,
    io::{BufWriter, Write, stderr, stdout},
    os::fd::AsFd,
    path::Path,
    process::ExitCode,
};

use anyhow::{Context, Result};
use common::{
    Cancel, Clock, Recorder, Run, Starts, Tally,
    list::{Announcer, SampleOf, TaskList, Timing},
};
use rustix::stdio::dup2_stdout;
use serde_json::json;

use crate::{Strategy, Work, job::Job, tasks};

/// The first argument of such a process, which nobody types; after it come the strategy, the workers and the file of the list.
pub const ARGUMENT: &str = "--side-by-side-run";

/// The status with which it ends, if this is such a process.
pub fn run_if_asked<W: Work>(strategies: &[Strategy<W>]) -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    if arguments.next()? != ARGUMENT {
        return None;
    }
    let [strategy, workers, file] = [(); 3].map(|()| arguments.next().unwrap_or_default());
    let strategy = strategies.iter().find(|one| strategy == one.name);
    let workers = workers.to_str().and_then(|workers| workers.parse().ok());
    let (Some(strategy), Some(workers)) = (strategy, workers) else {
        _ = writeln!(stderr(), "error: {ARGUMENT} is for the program itself, which starts itself with it");
        return Some(ExitCode::from(2));
    };
    let status = run(strategy, workers, Path::new(&file)).unwrap_or_else(|error| {
        _ = writeln!(stderr(), "error: {error:#}");
        1
    });
    Some(ExitCode::from(status))
}

/// Runs the list in `file`, and prints the record of it; the exit status.
fn run<W: Work>(strategy: &Strategy<W>, workers: usize, file: &Path) -> Result<u8> {
    // What the function prints is no part of the record.
    let record = stdout().as_fd().try_clone_to_owned().context("failed to keep standard output")?;
    dup2_stdout(stderr()).context("failed to send what the function prints to standard error")?;

    let works = tasks::read::<W>(file)?;
    let (asked, clock, cancel) = (works.len(), Clock::start(), Cancel::default());
    let timing = Timing { clock, starts: Starts::default() };
    let jobs = (1..).zip(works).map(|(place, work)| Job { place, work, timing: timing.clone() });
    let list = TaskList {
        tasks: jobs.collect(),
        workers,
        in_order: false,
        on_event_loop: false,
        announcer: Announcer { silent: true },
    };
    let recorder = Recorder::new(asked, Box::new(|_: &SampleOf<Job<W>>, _: &Tally| ()), true, cancel.clone(), clock);
    let finished = Run::new(&cancel, recorder).perform(|run| (strategy.run_many)(&list, run))?;
    let mut out = BufWriter::new(File::from(record));
    serde_json::to_writer(&mut out, &finished.record(strategy.name, "own", json!({"workers": workers})))
        .map_err(anyhow::Error::from)
        .and_then(|()| Ok(out.flush()?))
        .context("failed to write the record")?;
    Ok(finished.status())
}
