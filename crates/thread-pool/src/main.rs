//! The `thread-pool` program: tasks in threads.

use std::process::ExitCode;

use common::Strategy;

fn main() -> ExitCode {
    common::main(Strategy {
        name: "thread-pool",
        about: "Tasks in the threads of a pool",
        default_max_req: 30,
        largest_max_req: 1000,
        worker: Some("thread"),
        has_event_loop: false,
        download_many: thread_pool::flags::download_many,
        check_many: thread_pool::primes::check_many,
        loiter_many: thread_pool::loiter::loiter_many,
        root_many: thread_pool::sqrt::root_many,
        show_futures: Some(thread_pool::futures::show_futures),
    })
}
