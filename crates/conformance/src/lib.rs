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
mod truth;

use std::{path::Path, process::ExitCode};

use libtest_mimic::{Arguments, Trial};

use crate::program::Program;

/// A case: what it shows, and how.
struct Case {
    name: String,
    run: Box<dyn Fn(&Program) + Send>,
    needs_superuser: bool,
}

impl Case {
    fn new(name: impl Into<String>, run: impl Fn(&Program) + Send + 'static) -> Self {
        Self { name: name.into(), run: Box::new(run), needs_superuser: false }
    }

    /// It is left out, and said to be, unless the superuser runs the tests.
    fn needs_superuser(self) -> Self {
        Self { needs_superuser: true, ..self }
    }
}

/// Runs the cases against the program at `path`.
pub fn main(path: impl AsRef<Path>) -> ExitCode {
    inherited::heed_signals();
    let program = Program::new(path.as_ref());
    let mut arguments = Arguments::from_args();
    // Most cases wait most of the time: for a time limit to pass, for a process to start.
    arguments.test_threads.get_or_insert(8);
    let trials = cases::all().map(|case| {
        let program = program.clone();
        Trial::test(case.name, move || {
            (case.run)(&program);
            Ok(())
        })
        .with_ignored_flag(case.needs_superuser && !nix::unistd::geteuid().is_root())
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
