//! The `async-tasks` program: tasks that wait together in a few threads.

use std::process::ExitCode;

use common::Strategy;

fn main() -> ExitCode {
    common::main(Strategy {
        name: "async-tasks",
        about: "Asynchronous tasks, on an event loop for each processor",
        default_max_req: 5,
        largest_max_req: 1000,
        worker: Some("task"),
        has_event_loop: true,
        download_many: async_tasks::flags::download_many,
        check_many: async_tasks::primes::check_many,
        loiter_many: async_tasks::loiter::loiter_many,
        root_many: async_tasks::sqrt::root_many,
        show_futures: None,
    })
}
