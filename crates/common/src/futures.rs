//! The workload `futures`: five downloads by three workers, with each future shown as it changes (the chapter's
//! `flags_threadpool_futures`). Only for strategies whose tasks have futures that can be looked at.

use std::{panic::resume_unwind, path::PathBuf};

use anyhow::Context;
use clap::Args;

use crate::{
    Cancel, Clock, Code, Flags, Folder, Outcome, POPULOUS, Sample, Settings, Strategy, program::ERRORS, report::plural,
    site::Server, terminal,
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
    #[arg(short, long, value_name = "LABEL", default_value = "LOCAL")]
    server: Server,

    /// the folder for the flags
    #[arg(long, value_name = "DIR", default_value = "downloaded")]
    dest: PathBuf,
}

/// Downloads the flags of the five most populous countries, and shows their futures.
pub(crate) fn run(strategy: &Strategy, args: &FuturesArgs) -> anyhow::Result<u8> {
    let show_futures = strategy.show_futures.with_context(|| format!("{} has no futures to show", strategy.name))?;
    let cancel = Cancel::on_signals(|words| eprintln!("\n{words}")).context("failed to install the signal handlers")?;
    Folder::open(&args.dest).with_context(|| format!("failed to open the folder {}", args.dest.display()))?;
    let site = args.server.ready()?;
    site.announce();
    let codes = top();
    let asked = codes.len() as u64;
    let mut settings = Settings::new(site.base_url.clone(), site.addresses.clone());
    settings.concurrency = WORKERS.min(site.max_connections);
    settings.dest.clone_from(&args.dest);
    settings.pace = site.pace;
    settings.clock = Clock::start();
    let saved = show_futures(Flags::new(codes, 1, cancel.clone()), &settings, &cancel)?;
    terminal::print(&format!("{} in {:.2}s\n", plural(saved, "download"), settings.clock.elapsed().as_secs_f64()));
    Ok(match cancel.requested() {
        Some(signal) => signal.exit_status(),
        None if saved < asked => ERRORS,
        None => 0,
    })
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
