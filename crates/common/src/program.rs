//! A program from its command line to its exit status.

use std::process::ExitCode;

use anyhow::Context;

use crate::{
    cli::{self, Asked, Workload},
    http::site::SiteError,
    run::{
        Cancel, UsageError, file_size,
        status::{ERRORS, UNREACHABLE},
    },
    show::terminal,
    strategy::Strategy,
    workloads::{flags, futures, loiter, primes, sqrt},
};

/// Runs the workload that the command line asks for by this strategy, or a command of the strategy's own.
pub fn main(strategy: Strategy) -> ExitCode {
    // Before anything is written, a help included. Where this fails, so will the other handlers.
    _ = file_size::report_too_large();
    let (name, asked) = cli::parse(&strategy);
    let ended = match asked {
        Asked::Workload(workload) => run(&strategy, &workload),
        Asked::Own(given) => (strategy.extension.expect("it has commands of its own").run)(&name, &given),
    };
    match ended {
        Ok(status) => ExitCode::from(status),
        Err(error) if error.is::<UsageError>() => cli::usage_error(&strategy, &name, &error),
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
    let Strategy { profile, download_many, check_many, loiter_many, root_many, show_futures, .. } = strategy;
    match workload {
        Workload::Flags(args) => flags::run(profile, *download_many, args, &cancel),
        Workload::Primes(args) => primes::run(profile, *check_many, args, &cancel),
        Workload::Loiter(args) => loiter::run(profile, *loiter_many, args, &cancel),
        Workload::Sqrt(args) => sqrt::run(profile, *root_many, args, &cancel),
        Workload::Futures(args) => futures::run(profile, *show_futures, args, &cancel),
    }
}
