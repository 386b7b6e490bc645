//! The cases that every strategy's program must pass, run against each of the four given only its path.
//!
//! A package of a strategy has a `tests/conformance.rs` of a few lines, without the standard harness, that hands the path of its
//! program to [`main`]; each case is then a test with a name, and takes `cargo test`'s usual arguments.
//!
//! What it deliberately does *not* do: it links no code of the programs that it judges. What a flag is, it knows from
//! `flag-images`; what a server does, it plays itself, with the crate `faults`; what a run says, it reads from its output, its files and
//! its exit status.

mod cases;
pub mod faults;
mod flag_server;
mod inherited;
mod program;
mod random;
pub mod soak;
mod terminal;
pub mod tls;
mod verify;

use std::{path::Path, process::ExitCode};

use libtest_mimic::{Arguments, Trial};

use crate::program::Program;

/// A case: what it shows, and how.
struct Case {
    name: String,
    run: Box<dyn Fn(&Program) + Send>,
    /// Whether this machine can show it. Where not, it is left out, and said to be.
    is_possible: fn() -> bool,
    /// Whether a program has what it is about. Where not, it is no case of that program.
    concerns: fn(&Program) -> bool,
}

impl Case {
    fn new(name: impl Into<String>, run: impl Fn(&Program) + Send + 'static) -> Self {
        Self { name: name.into(), run: Box::new(run), is_possible: || true, concerns: |_| true }
    }

    /// The superuser has to run it.
    fn needs_superuser(self) -> Self {
        Self { is_possible: || nix::unistd::geteuid().is_root(), ..self }
    }

    /// A process must be allowed to mount something for itself alone.
    fn needs_own_mounts(self) -> Self {
        Self { is_possible: cases::can_have_own_mounts, ..self }
    }

    /// It is about something that only some of the programs have.
    fn concerns(self, concerns: fn(&Program) -> bool) -> Self {
        Self { concerns, ..self }
    }
}

/// Runs the cases against the program at `path`.
pub fn main(path: impl AsRef<Path>) -> ExitCode {
    inherited::heed_signals();
    let program = Program::new(path.as_ref());
    let mut arguments = Arguments::from_args();
    // Most cases wait most of the time: for a time limit to pass, for a process to start.
    arguments.test_threads.get_or_insert(8);
    let trials = cases::all().filter(|case| (case.concerns)(&program)).map(|case| {
        let program = program.clone();
        Trial::test(case.name, move || {
            (case.run)(&program);
            Ok(())
        })
        .with_ignored_flag(!(case.is_possible)())
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
