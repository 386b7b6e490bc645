//! The numbers, in the processes of a pool.

use std::sync::Arc;

use common::{
    Cancel, Clock,
    primes::{Recorder, Sample, Settings, check},
};
use executor::{Error, Executor, ProcessPool, RemoteTask, Task, as_completed, processes::Tasks};
use serde::{Deserialize, Serialize};

/// Checks the numbers in a pool's processes.
///
/// # Errors
/// There could be no pool.
pub fn check_many(settings: &Settings, cancel: &Cancel, recorder: &mut Recorder) -> anyhow::Result<()> {
    let pool = Arc::new(ProcessPool::new(settings.workers)?);
    cancel.on_request({
        let pool = pool.clone();
        move || pool.shutdown(false, true)
    });
    cancel.after_grace({
        let pool = pool.clone();
        move || pool.kill_workers()
    });

    let task = |&number: &u64| Check { number, clock: settings.clock };
    let numbers = settings.numbers.iter();
    let results: Box<dyn Iterator<Item = (u64, Result<Sample, Error>)>> = if settings.map {
        Box::new(numbers.clone().copied().zip(pool.map_tasks(numbers.map(task))))
    } else {
        let submitted = numbers.map(|number| (*number, pool.submit(task(number))));
        Box::new(as_completed(submitted).map(|(number, future)| (number, future.result())))
    };
    for (number, result) in results {
        match result {
            Ok(sample) => recorder.record(sample),
            // Taken back before it started.
            Err(Error::Cancelled | Error::Shutdown) => {}
            Err(error) => recorder.lost(number, error),
        }
    }
    pool.shutdown(true, false);
    recorder.add_workers(pool.usage());
    Ok(())
}

/// Adds the tasks of this workload to those that a worker knows.
pub fn add_tasks(tasks: &mut Tasks) {
    tasks.add::<Check>();
}

/// Checks one number, in a worker.
#[derive(Serialize, Deserialize)]
struct Check {
    number: u64,
    clock: Clock,
}

impl Task for Check {
    type Output = Sample;

    fn run(self) -> Sample {
        // Nobody cancels anything in here: the pool kills the worker instead.
        check(self.number, executor::worker().unwrap_or_default(), self.clock, &Cancel::default())
    }
}

impl RemoteTask for Check {
    const NAME: &'static str = "check";
}
