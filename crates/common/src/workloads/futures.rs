//! The workload `futures`: five downloads by three workers, with each future shown as it changes (the chapter's
//! `flags_threadpool_futures`). Only for strategies whose tasks have futures that can be looked at.

use std::{
    panic::resume_unwind,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use clap::{Args, Command};
use executor::Future;

use crate::{
    http::{Code, Flag, FlagSample, Folder, Outcome, Settings, Times, site::Server},
    profile::Profile,
    run::{Cancel, Class, Clock, Failure, Recorder, Run, Start, Starts, UsageError},
    show::{output::OutputArgs, plural::plural, terminal},
    workloads::{
        args::{FROM_WHERE, HOW, ServerParser, WorkloadArgs},
        flags::{Flags, POPULOUS},
    },
};

/// How many of the most populous countries.
const TOP: usize = 5;

/// How many workers: fewer than tasks, so that some futures are seen pending.
const WORKERS: usize = 3;

impl FlagSample {
    /// What a download is to the chapter: a function that returns the code, or raises. A panic is what a future of ours holds in place of
    /// an exception; this one is meant, so nothing is printed about it where it happens.
    pub fn code_or_panic(self) -> String {
        match self.outcome {
            Outcome::Ok => self.flag.to_string(),
            Outcome::NotFound => resume_unwind(Box::new(format!("{} not found", self.flag))),
            Outcome::Error(failure) => resume_unwind(Box::new(failure.to_string())),
        }
    }
}

/// The arguments of `futures`.
#[derive(Args)]
pub struct FuturesArgs {
    /// get flags from LABEL: one of DELAY, ERROR, LOCAL, REMOTE, or the base URL of a server
    #[arg(short, long, value_name = "LABEL", default_value = "LOCAL", value_parser = ServerParser)]
    #[arg(help_heading = FROM_WHERE)]
    server: Server,

    /// save the flags in DIR
    #[arg(long, value_name = "DIR", default_value = "downloaded", help_heading = HOW)]
    dest: PathBuf,

    #[command(flatten)]
    output: OutputArgs,
}

impl WorkloadArgs for FuturesArgs {
    const NAME: &'static str = "futures";
    const ABOUT: &'static str = "Show the futures of five downloads as they are scheduled and as they complete";

    fn adapt(command: Command, _: &Profile) -> Command {
        command
    }
}

/// A function that downloads flags, shows each future when it is submitted and when it is finished, and records each.
pub type ShowFutures = fn(Flags, &Settings, &mut Board, &mut Run<FlagSample>) -> anyhow::Result<()>;

/// Shows futures as a strategy submits them, and as they are finished.
pub struct Board {
    silent: bool,
    clock: Clock,
    starts: Starts,
    workers: usize,
    scheduled: usize,
}

/// A future that was shown as scheduled.
#[derive(Clone, Copy, Debug)]
pub struct Scheduled {
    flag: Flag,
    place: usize,
    at: u64,
}

impl Board {
    /// Shows the future of this flag when it has been submitted.
    pub fn scheduled<T>(&mut self, flag: Flag, future: &Future<T>) -> Scheduled {
        if self.scheduled < self.workers {
            wait_until_taken_up(future);
        }
        self.print(format!("Scheduled for {flag}: {future:?}\n"));
        let (place, at) = (self.scheduled, self.clock.micros());
        self.scheduled += 1;
        // A future does not say when its task begins: this is as near as one sees from outside.
        self.starts.tell(Start { task: &flag.code, copy: flag.copy, worker: place, at });
        Scheduled { flag, place, at }
    }

    /// Shows a finished future and its result. What is measured of it is what can be seen from outside: when it was scheduled, and when it
    /// was finished.
    pub fn finished(&self, scheduled: Scheduled, future: Future<String>) -> FlagSample {
        self.finished_with(scheduled, future, Ok)
    }

    /// As [`finished`](Self::finished), of a future that holds more than the code: what is to be done with it gives that, or says what is wrong.
    pub fn finished_with<T>(
        &self,
        scheduled: Scheduled,
        future: Future<T>,
        code: impl FnOnce(T) -> Result<String, String>,
    ) -> FlagSample {
        let shown = format!("{future:?}");
        let outcome = match future.result().map_err(|error| error.to_string()).and_then(code) {
            Ok(code) => {
                self.print(format!("{shown} result: '{code}'\n"));
                Outcome::Ok
            }
            Err(error) => {
                self.print(format!("{shown} error: {error}\n"));
                Outcome::Error(Failure::new(Class::WorkerLost, error))
            }
        };
        let mut times = Times { start: scheduled.at, ..Times::default() };
        times.finish(self.clock.micros());
        FlagSample {
            flag: scheduled.flag,
            outcome,
            bytes: 0,
            digest: None,
            worker: scheduled.place,
            attempts: 1,
            times,
        }
    }

    fn print(&self, text: String) {
        if !self.silent {
            terminal::print(&text);
        }
    }
}

/// Python's `submit` comes back when the new worker has started, and ours at once. So that the states are those that the chapter shows,
/// this waits a moment while there are workers to be started.
fn wait_until_taken_up<T>(future: &Future<T>) {
    let started = Instant::now();
    while !future.running() && !future.done() && started.elapsed() < Duration::from_millis(50) {
        thread::yield_now();
    }
}

/// Downloads the flags of the five most populous countries, and shows their futures.
pub(crate) fn run(
    profile: &Profile,
    show_futures: Option<ShowFutures>,
    args: &FuturesArgs,
    cancel: &Cancel,
) -> anyhow::Result<u8> {
    let Some(show_futures) = show_futures else {
        let why = format!("'futures' shows the futures of a pool, and {} has no pool", profile.name);
        return Err(UsageError::new(why).into());
    };
    Folder::check(&args.dest)?;
    let output = args.output.open()?;
    let site = args.server.ready()?;
    site.announce();
    let flags = Flags::new(top(), 1, cancel.clone());
    let mut settings = Settings::new(site.base_url.clone(), site.addresses.clone());
    settings.concurrency = WORKERS.min(site.max_connections);
    settings.dest = args.dest.clone().into();
    settings.pace = site.pace;
    let clock = Clock::start();
    settings.clock = clock;
    let starts = output.begin(profile.name, "futures", flags.total(), settings.concurrency);
    let silent = args.output.silent();
    let mut board = Board { silent, clock, starts, workers: settings.concurrency, scheduled: 0 };
    let recorder = Recorder::new(flags.total(), output.watch(Box::new(|_, _| ())), true, cancel.clone(), clock);
    let finished = Run::new(cancel, recorder).perform(|run| show_futures(flags, &settings, &mut board, run))?;

    if !silent {
        let seconds = finished.elapsed.as_secs_f64();
        terminal::print(&format!("{} in {seconds:.2}s\n", plural(finished.tally.ok, "download")));
    }
    let mut record = finished.record(profile.name, "futures", settings.knobs());
    record.samples.iter_mut().for_each(|row| row.phases.clear());
    output.write(&mut record)?;
    Ok(finished.status())
}

/// The most populous countries, in alphabetical order.
fn top() -> Vec<Code> {
    let mut codes: Vec<Code> =
        POPULOUS.split_whitespace().take(TOP).map(|code| code.parse().expect("a code of ours")).collect();
    codes.sort();
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_five_come_in_alphabetical_order() {
        assert_eq!(top().iter().map(ToString::to_string).collect::<Vec<_>>(), ["BR", "CN", "ID", "IN", "US"]);
    }
}
