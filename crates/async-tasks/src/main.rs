//! The program: the functions of this strategy, handed to `common`.

use std::process::ExitCode;

use async_tasks::{flags, sqrt, tasks};
use common::{Profile, Strategy};

fn main() -> ExitCode {
    common::main::<tasks::Lists>(Strategy {
        profile: Profile {
            name: "async-tasks",
            about: "Asynchronous tasks, on an event loop for each processor",
            chapter_max_req: 5,
            largest_max_req: 1000,
            worker: Some("task"),
            has_event_loop: true,
        },
        download_many: flags::download_many,
        root_many: sqrt::root_many,
        show_futures: None,
        extension: None,
    })
}
