//! A program from its command line to its exit status.

use std::process::ExitCode;

use crate::{
    Cancel, Strategy,
    cli::{self, Workload},
    flags, futures, loiter, primes,
    record::Record,
    site::SiteError,
    sqrt,
};

/// Exit status: at least one error.
pub(crate) const ERRORS: u8 = 1;
/// Exit status: the server could not be reached at all.
pub(crate) const UNREACHABLE: u8 = 3;

/// Runs the workload that the command line asks for by this strategy.
pub fn main(strategy: Strategy) -> ExitCode {
    let outcome = match cli::parse(&strategy) {
        Workload::Flags(args) => flags::run(&strategy, &args),
        Workload::Primes(args) => primes::run(&strategy, &args),
        Workload::Loiter(args) => loiter::run(&strategy, &args),
        Workload::Sqrt(args) => sqrt::run(&strategy, &args),
        Workload::Futures(args) => futures::run(&strategy, &args),
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("error: {error:#}");
            let unreachable = error.downcast_ref::<SiteError>().is_some();
            ExitCode::from(if unreachable { UNREACHABLE } else { ERRORS })
        }
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
