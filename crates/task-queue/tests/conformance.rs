//! The cases that every strategy's program must pass.

use std::process::ExitCode;

fn main() -> ExitCode {
    if !task_queue::queue::has_server() {
        println!("SKIPPED: the cases of task-queue, for there is no nats-server (apt-get install nats-server)");
        return ExitCode::SUCCESS;
    }
    conformance::main(env!("CARGO_BIN_EXE_task-queue"))
}
