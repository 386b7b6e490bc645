//! Runs the four programs for as long as you like, against good and bad servers and with signals at random moments: `scripts/soak`.

use std::process::ExitCode;

fn main() -> ExitCode {
    conformance::soak::main()
}
