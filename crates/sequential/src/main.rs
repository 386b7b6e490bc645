//! The program: the functions of this strategy, handed to `common`.

use std::process::ExitCode;

use common::{Profile, Strategy};
use sequential::{flags, sqrt, tasks};

fn main() -> ExitCode {
    common::main::<tasks::Lists>(Strategy {
        profile: Profile {
            name: "sequential",
            about: "Tasks one by one",
            chapter_max_req: 1,
            largest_max_req: 1,
            worker: None,
            has_event_loop: false,
        },
        download_many: flags::download_many,
        root_many: sqrt::root_many,
        show_futures: None,
        extension: None,
    })
}
