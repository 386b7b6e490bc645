//! The program: the functions of this strategy, handed to `common`.

use std::process::ExitCode;

use common::{Profile, Strategy};
use executor::processes::default_workers;
use process_pool::{flags, futures, remote, sqrt, tasks};

fn main() -> ExitCode {
    if let Some(status) = remote::enter() {
        return status;
    }
    common::main::<tasks::Lists>(Strategy {
        profile: Profile {
            name: "process-pool",
            about: "Tasks in the processes of a pool",
            chapter_max_req: default_workers(),
            largest_max_req: 256,
            worker: Some("process"),
            has_event_loop: false,
        },
        download_many: flags::download_many,
        root_many: sqrt::root_many,
        show_futures: Some(futures::show_futures),
        extension: None,
    })
}
