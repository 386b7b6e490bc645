//! The `thread-pool` program: tasks in threads.

use std::process::ExitCode;

use common::{Profile, Strategy};
use thread_pool::{flags, futures, sqrt, tasks};

fn main() -> ExitCode {
    common::main(Strategy {
        profile: Profile {
            name: "thread-pool",
            about: "Tasks in the threads of a pool",
            chapter_max_req: 30,
            largest_max_req: 1000,
            worker: Some("thread"),
            has_event_loop: false,
        },
        download_many: flags::download_many,
        check_many: tasks::run_many,
        loiter_many: tasks::run_many,
        root_many: sqrt::root_many,
        show_futures: Some(futures::show_futures),
        extension: None,
    })
}
