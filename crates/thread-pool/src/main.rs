//! The program: the functions of this strategy, handed to `common`.

use std::process::ExitCode;

use common::{Profile, Strategy};
use thread_pool::{flags, futures, sqrt, tasks};

fn main() -> ExitCode {
    common::main::<tasks::Lists>(Strategy {
        profile: Profile {
            name: "thread-pool",
            about: "Tasks in the threads of a pool",
            chapter_max_req: 30,
            largest_max_req: 1000,
            worker: Some("thread"),
            has_event_loop: false,
        },
        download_many: flags::download_many,
        root_many: sqrt::root_many,
        show_futures: Some(futures::show_futures),
        extension: None,
    })
}
