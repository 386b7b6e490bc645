//! A program from its command line to its exit status.

use std::process::ExitCode;

use crate::{
    Strategy,
    cli::{self, Workload},
    flags,
    site::SiteError,
};

/// Exit status: at least one error.
pub(crate) const ERRORS: u8 = 1;
/// Exit status: the server could not be reached at all.
pub(crate) const UNREACHABLE: u8 = 3;

/// Runs the workload that the command line asks for by this strategy.
pub fn main(strategy: Strategy) -> ExitCode {
    let outcome = match cli::parse(&strategy) {
        Workload::Flags(args) => flags::run(&strategy, &args),
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
