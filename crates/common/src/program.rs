//! A program from its command line to its exit status.

use std::process::ExitCode;

use anyhow::Context;

use crate::{
    cli::{Asked, CommandLine},
    http::site::SiteError,
    run::{
        Cancel, UsageError, file_size,
        status::{ERRORS, UNREACHABLE},
    },
    show::terminal,
    strategy::Strategy,
    workload_list::workloads,
    workloads::list::RunLists,
};

/// Runs the workload that the command line asks for by this strategy, which runs lists of tasks by `L`.
pub fn main<L: RunLists>(strategy: Strategy) -> ExitCode {
    // Before anything is written, a help included. Where this fails, so will the other handlers.
    _ = file_size::report_too_large();
    let program = CommandLine { strategy, workloads: workloads::<L>() };
    let (name, asked) = program.parse();
    let ended = match asked {
        Asked::Workload(workload, arguments) => {
            // Before anything that may take its time: a signal ends whatever phase it finds.
            let cancel = Cancel::on_signals(terminal::eprint_if_ready).context("failed to install the signal handlers");
            cancel.and_then(|cancel| (workload.run)(&program.strategy, &arguments, &cancel))
        }
        Asked::Own(run, arguments) => run(&name, &arguments),
    };
    match ended {
        Ok(status) => ExitCode::from(status),
        Err(error) if error.is::<UsageError>() => program.usage_error(&name, &error),
        Err(error) => {
            terminal::eprint(&format!("error: {error:#}\n"));
            let unreachable = error.downcast_ref::<SiteError>().is_some();
            ExitCode::from(if unreachable { UNREACHABLE } else { ERRORS })
        }
    }
}
