//! A program from its command line to its exit status.

use std::process::ExitCode;

use anyhow::Context;

use crate::{
    cli::{self, Workload},
    http::site::SiteError,
    run::{Cancel, file_size, record::Record},
    show::terminal,
    strategy::Strategy,
    workloads::{flags, futures, loiter, primes, sqrt},
};

/// Exit status: at least one error.
pub(crate) const ERRORS: u8 = 1;
/// Exit status: the server could not be reached at all.
pub(crate) const UNREACHABLE: u8 = 3;

/// Runs the workload that the command line asks for by this strategy.
pub fn main(strategy: Strategy) -> ExitCode {
    // Before anything is written, be it a help. Where this fails, so will the other handlers.
    _ = file_size::report_too_large();
    match run(&strategy, &cli::parse(&strategy)) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            terminal::eprint(&format!("error: {error:#}\n"));
            let unreachable = error.downcast_ref::<SiteError>().is_some();
            ExitCode::from(if unreachable { UNREACHABLE } else { ERRORS })
        }
    }
}

fn run(strategy: &Strategy, workload: &Workload) -> anyhow::Result<u8> {
    // Before anything that may take its time: a signal ends whatever phase it finds.
    let cancel = Cancel::on_signals(terminal::eprint_if_ready).context("failed to install the signal handlers")?;
    match workload {
        Workload::Flags(args) => flags::run(strategy, args, &cancel),
        Workload::Primes(args) => primes::run(strategy, args, &cancel),
        Workload::Loiter(args) => loiter::run(strategy, args, &cancel),
        Workload::Sqrt(args) => sqrt::run(strategy, args, &cancel),
        Workload::Futures(args) => futures::run(strategy, args, &cancel),
    }
}

/// The exit status of a run without network: whether it was interrupted, and if not, whether every task gave an answer.
pub(crate) fn status(cancel: &Cancel, record: &Record) -> u8 {
    match cancel.requested() {
        Some(signal) => signal.exit_status(),
        None if record.counts["ok"] < record.counts["asked"] => ERRORS,
        None => 0,
    }
}
