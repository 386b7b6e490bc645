//! The `process-pool` program: tasks in processes.

use std::process::ExitCode;

use common::Strategy;
use executor::processes::{Tasks, default_workers, enter};
use process_pool::{flags, futures, loiter, primes, sqrt};

fn main() -> ExitCode {
    // The workers are this same program started again, and leave its way here.
    if let Some(code) = enter(add_tasks) {
        return code;
    }
    common::main(Strategy {
        name: "process-pool",
        about: "Tasks in the processes of a pool",
        default_max_req: default_workers(),
        largest_max_req: 256,
        worker: Some("process"),
        has_event_loop: false,
        download_many: flags::download_many,
        check_many: primes::check_many,
        loiter_many: loiter::loiter_many,
        root_many: sqrt::root_many,
        show_futures: Some(futures::show_futures),
    })
}

fn add_tasks(tasks: &mut Tasks) {
    flags::add_tasks(tasks);
    futures::add_tasks(tasks);
    loiter::add_tasks(tasks);
    primes::add_tasks(tasks);
    sqrt::add_tasks(tasks);
}
