//! The `sequential` program: one task after another.

use std::process::ExitCode;

use common::Strategy;

fn main() -> ExitCode {
    common::main(Strategy {
        name: "sequential",
        about: "Tasks one by one",
        default_max_req: 1,
        largest_max_req: 1,
        worker: None,
        has_event_loop: false,
        download_many: sequential::flags::download_many,
        check_many: sequential::primes::check_many,
        loiter_many: sequential::loiter::loiter_many,
        root_many: sequential::sqrt::root_many,
        show_futures: None,
    })
}
