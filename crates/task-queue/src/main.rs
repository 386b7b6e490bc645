//! The `task-queue` program: tasks in workers on any number of machines.

use std::process::ExitCode;

use common::{Extension, Profile, Strategy, loiter::Loiter, primes::Check};
use executor::processes::{Tasks, default_workers};
use task_queue::{
    commands, flags, futures, place,
    queue::enter,
    remote::{DownloadCode, DownloadOne, InWorker, Root},
    sqrt, tasks,
};

fn main() -> ExitCode {
    // The workers are this same program started again, here or on another machine: they end here.
    if let Some(code) = enter(list) {
        return code;
    }
    common::main(Strategy {
        profile: Profile {
            name: "task-queue",
            about: "Tasks in workers on any number of machines, by a queue",
            chapter_max_req: default_workers(),
            largest_max_req: 1000,
            worker: Some("slot"),
            has_event_loop: false,
        },
        download_many: flags::download_many,
        check_many: tasks::run_many,
        loiter_many: tasks::run_many,
        root_many: sqrt::root_many,
        show_futures: Some(futures::show_futures),
        extension: Some(Extension {
            extend: place::extend,
            take: place::take,
            commands: commands::all,
            run: commands::run,
        }),
    })
}

/// The tasks that a worker runs, and no others.
fn list(tasks: &mut Tasks) {
    tasks.add::<DownloadOne>().add::<DownloadCode>().add::<Root>().add::<InWorker<Check>>().add::<InWorker<Loiter>>();
}
