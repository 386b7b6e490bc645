//! The cases that every strategy's program must pass.

use std::process::ExitCode;

fn main() -> ExitCode {
    conformance::main(env!("CARGO_BIN_EXE_thread-pool"))
}
