//! The workload `futures`: five downloads by three workers, with each future shown as it changes (the chapter's
//! `flags_threadpool_futures`). Only for strategies whose tasks have futures that can be looked at.

use std::{fmt, panic::resume_unwind, path::PathBuf};

use clap::Args;

use crate::{
    cli::usage_error,
    http::{Code, Flag, Folder, Outcome, Sample, Settings, Times, site::Server},
    program,
    run::{
        Cancel, Class, Clock, Failure, Recorder, Usage,
        record::{Record, Row, SCHEMA_VERSION},
    },
    show::{output::OutputArgs, plural::plural, progress::Nothing, terminal},
    strategy::Strategy,
    workloads::{
        args::ServerParser,
        flags::{Flags, POPULOUS},
    },
};

/// How many of the most populous countries.
const TOP: usize = 5;

/// How many workers: fewer than tasks, so that some futures are seen pending.
const WORKERS: usize = 3;

/// What a download is to the chapter: a function that returns the code, or raises. A panic is what a future of ours holds in place of
/// an exception; this one is meant, so nothing is printed about it where it happens.
pub fn code_or_panic(sample: Sample) -> String {
    match sample.outcome {
        Outcome::Ok => sample.flag.to_string(),
        Outcome::NotFound => resume_unwind(Box::new(format!("{} not found", sample.flag))),
        Outcome::Error(failure) => resume_unwind(Box::new(failure.to_string())),
    }
}

/// The arguments of `futures`.
#[derive(Args)]
pub struct FuturesArgs {
    /// one of DELAY, ERROR, LOCAL, REMOTE, or the base URL of a server
    #[arg(short, long, value_name = "LABEL", default_value = "LOCAL", value_parser = ServerParser)]
    server: Server,

    /// the folder for the flags
    #[arg(long, value_name = "DIR", default_value = "downloaded")]
    dest: PathBuf,

    #[command(flatten)]
    output: OutputArgs,
}

/// Where a strategy shows its futures. All that is known of them is what can be seen from outside: when each was scheduled, and when
/// it was finished.
pub struct Board {
    loud: bool,
    clock: Clock,
    recorder: Recorder,
}

/// A future that was shown as scheduled.
#[derive(Clone, Copy, Debug)]
pub struct Scheduled {
    flag: Flag,
    place: usize,
    at: u64,
}

impl Board {
    /// Shows the future of this flag, the `place`th from 0, when it has been scheduled.
    pub fn scheduled(&mut self, flag: Flag, place: usize, future: &impl fmt::Debug) -> Scheduled {
        self.print(format!("Scheduled for {flag}: {future:?}\n"));
        Scheduled { flag, place, at: self.clock.micros() }
    }

    /// Shows a finished future, as it was printed when it had been finished, and its result.
    pub fn finished(&mut self, scheduled: Scheduled, future: &str, result: Result<String, impl fmt::Display>) {
        let outcome = match result {
            Ok(code) => {
                self.print(format!("{future} result: '{code}'\n"));
                Outcome::Ok
            }
            Err(error) => {
                self.print(format!("{future} error: {error}\n"));
                Outcome::Error(Failure::new(Class::WorkerLost, error.to_string()))
            }
        };
        let mut times = Times { start: scheduled.at, ..Times::default() };
        times.finish(self.clock.micros());
        self.recorder.record(Sample {
            flag: scheduled.flag,
            outcome,
            bytes: 0,
            worker: scheduled.place,
            attempts: 1,
            times,
        });
    }

    /// Adds what workers in other processes used.
    pub fn add_workers(&mut self, usage: Usage) {
        self.recorder.add_workers(usage);
    }

    fn print(&self, text: String) {
        if self.loud {
            terminal::print(&text);
        }
    }
}

/// Downloads the flags of the five most populous countries, and shows their futures.
pub(crate) fn run(strategy: &Strategy, args: &FuturesArgs, cancel: &Cancel) -> anyhow::Result<u8> {
    let Some(show_futures) = strategy.show_futures else {
        let why = format!("'futures' shows the futures of a pool, and {} has no pool", strategy.name);
        usage_error(strategy, "futures", why);
    };
    if let Err(error) = Folder::create(&args.dest) {
        usage_error(strategy, "futures", format!("failed to open the folder {}: {error}", args.dest.display()));
    }
    let output = args.output.open().unwrap_or_else(|error| usage_error(strategy, "futures", error));
    let site = args.server.ready()?;
    site.announce();
    let flags = Flags::new(top(), 1, cancel.clone());
    let mut settings = Settings::new(site.base_url.clone(), site.addresses.clone());
    settings.concurrency = WORKERS.min(site.max_connections);
    settings.dest = args.dest.clone().into();
    settings.pace = site.pace;
    let clock = Clock::start();
    settings.clock = clock;
    let recorder = Recorder::new(flags.total(), Box::new(Nothing), true, cancel.clone(), clock);
    let mut board = Board { loud: !args.output.json(), clock, recorder };
    cancel.during(|| show_futures(flags, &settings, cancel, &mut board))?;
    let elapsed = clock.elapsed();
    let mut usage = Usage::of_this_process();

    let loud = board.loud;
    let (tally, samples, workers) = board.recorder.finish();
    usage += workers;
    if loud {
        terminal::print(&format!("{} in {:.2}s\n", plural(tally.ok, "download"), elapsed.as_secs_f64()));
    }
    let (counts, errors) = Record::counts(&tally);
    let mut record = Record {
        schema_version: SCHEMA_VERSION,
        strategy: strategy.name,
        workload: "futures",
        settings: settings.knobs(),
        counts,
        errors,
        samples: samples.iter().map(|sample| Row { phases: Vec::new(), ..Row::of_flag(sample) }).collect(),
        elapsed_us: elapsed.as_micros() as u64,
        usage,
        interrupted: cancel.requested().is_some(),
    };
    output.write(&mut record)?;
    Ok(program::status(cancel, &record))
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
