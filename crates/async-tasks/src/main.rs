//! The `async-tasks` program: tasks that wait together in one thread.

use std::process::ExitCode;

use common::Strategy;

fn main() -> ExitCode {
    common::main(Strategy {
        name: "async-tasks",
        about: "Asynchronous tasks in one thread",
        default_max_req: 5,
        largest_max_req: 1000,
        download_many: async_tasks::flags::download_many,
    })
}
