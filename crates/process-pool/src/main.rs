//! The `process-pool` program: tasks in processes.

use std::process::ExitCode;

use common::Strategy;
use process_pool::{default_workers, flags, worker};

fn main() -> ExitCode {
    // The workers are this same program started again, and leave its way here.
    if let Some(code) = worker::enter(flags::add_tasks) {
        return code;
    }
    common::main(Strategy {
        name: "process-pool",
        about: "Tasks in the processes of a pool",
        default_max_req: default_workers(),
        largest_max_req: 256,
        download_many: flags::download_many,
    })
}
