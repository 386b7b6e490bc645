//! The `process-pool` program: tasks in processes.

use std::process::ExitCode;

use common::{Profile, Strategy, loiter::Loiter, primes::Check};
use executor::{enter, processes::default_workers};
use process_pool::{
    flags, futures,
    remote::{DownloadCode, DownloadOne, InWorker, MakeClient, Root},
    sqrt, tasks,
};

fn main() -> ExitCode {
    // The workers are this same program started again: they end here.
    enter!(MakeClient, DownloadOne, DownloadCode, Root, InWorker<Check>, InWorker<Loiter>);
    common::main(Strategy {
        profile: Profile {
            name: "process-pool",
            about: "Tasks in the processes of a pool",
            chapter_max_req: default_workers(),
            largest_max_req: 256,
            worker: Some("process"),
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
