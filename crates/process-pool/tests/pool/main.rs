//! The process pool, tried by a program that is its own worker: `main` enters before it tests.

mod deadlock;
mod letters;
mod lost;
mod orphans;
mod pools;
mod scenario;
mod shared;
mod sigstop;
mod stops;
mod support;
mod tasks;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// Makes a trial of each function.
macro_rules! trials {
    ($($test:path),* $(,)?) => {
        vec![$(crate::trial(stringify!($test), $test)),*]
    };
}
pub(crate) use trials;

fn main() -> ExitCode {
    if let Some(code) = tasks::enter() {
        return code;
    }
    if let Some(code) = scenario::play() {
        return code;
    }
    let modules = [
        shared::trials(),
        pools::trials(),
        lost::trials(),
        sigstop::trials(),
        letters::trials(),
        deadlock::trials(),
        stops::trials(),
        orphans::trials(),
    ];
    libtest_mimic::run(&Arguments::from_args(), modules.into_iter().flatten().collect()).exit_code()
}

/// A test that is ended if it does not end.
fn trial(name: &str, test: fn()) -> Trial {
    Trial::test(name, move || {
        executor::behaviours::in_time(test);
        Ok(())
    })
}
