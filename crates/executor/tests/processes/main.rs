//! The process pool, tried by a program that is its own worker: `main` enters before it tests.

#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "other test programs need the rest")]
mod common;
mod deadlock;
mod fork_server;
mod hostile;
mod lost;
mod orphans;
mod pools;
mod remote_task;
mod requests;
mod scenario;
mod stops;
mod support;
mod tasks;

use std::process::ExitCode;

use executor::processes::StartMethod;
use libtest_mimic::{Arguments, Trial};

/// Makes a trial of each function.
macro_rules! trials {
    ($($test:path),* $(,)?) => {
        [$(crate::trial(stringify!($test), $test)),*].into_iter().flatten().collect::<Vec<_>>()
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
        pools::trials(),
        remote_task::trials(),
        lost::trials(),
        requests::trials(),
        deadlock::trials(),
        fork_server::trials(),
        hostile::trials(),
        stops::trials(),
        orphans::trials(),
    ];
    libtest_mimic::run(&Arguments::from_args(), modules.into_iter().flatten().collect()).exit_code()
}

/// A test with each start method, that is ended if it does not end.
fn trial(name: &str, test: fn()) -> [Trial; 2] {
    [("spawn", StartMethod::Spawn), ("fork_server", StartMethod::ForkServer)].map(|(prefix, method)| {
        Trial::test(format!("{prefix}::{name}"), move || {
            support::set_method(method);
            common::in_time(test);
            Ok(())
        })
    })
}
