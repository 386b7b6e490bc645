//! The `thread-pool` program: tasks in threads.

use std::process::ExitCode;

use common::Strategy;

fn main() -> ExitCode {
    common::main(Strategy {
        name: "thread-pool",
        about: "Tasks in the threads of a pool",
        default_max_req: 30,
        largest_max_req: 1000,
        download_many: thread_pool::flags::download_many,
    })
}
