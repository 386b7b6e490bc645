//! The task queue, tried by a program that is its own worker and keeper: `main` enters before it tests.
//!
//! Where there is no `nats-server` nothing can be shown, and that is said.

#[path = "../../../executor/tests/common/deadline.rs"]
mod deadline;
mod doors;
mod faults;
mod own;
mod support;
mod tasks;
mod whole;

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
    if let Some(code) = task_queue::queue::enter(tasks::list) {
        return code;
    }
    // The tests use a process pool, too.
    if let Some(code) = executor::processes::enter(tasks::list) {
        return code;
    }
    if let Some(code) = support::play() {
        return code;
    }
    let mut arguments = Arguments::from_args();
    if !task_queue::queue::has_server() {
        eprintln!("SKIPPED: the task queue, for there is no nats-server (apt-get install nats-server)");
    }
    // Most wait most of the time.
    arguments.test_threads.get_or_insert(3);
    let trials = [whole::trials(), own::trials(), faults::trials(), doors::trials()];
    libtest_mimic::run(&arguments, trials.into_iter().flatten().collect()).exit_code()
}

/// A test that is ended if it does not end.
fn trial(name: &str, test: fn()) -> Trial {
    let run = move || {
        deadline::in_time(test);
        Ok(())
    };
    Trial::test(name, run).with_ignored_flag(!task_queue::queue::has_server())
}
