//! The program: the functions of this strategy, handed to `common`.

use std::process::ExitCode;

use common::{Extension, Profile, Strategy};
use executor::processes::default_workers;
use task_queue::{commands, flags, futures, place, remote, sqrt, tasks};

fn main() -> ExitCode {
    if let Some(status) = remote::enter() {
        return status;
    }
    common::main::<tasks::Lists>(Strategy {
        profile: Profile {
            name: "task-queue",
            about: "Tasks in workers on any number of machines, by a queue",
            chapter_max_req: default_workers(),
            largest_max_req: 1000,
            worker: Some("slot"),
            has_event_loop: false,
        },
        download_many: flags::download_many,
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
