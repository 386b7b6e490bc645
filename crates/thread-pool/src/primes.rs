//! The numbers, in the threads of a pool.

use std::sync::Arc;

use common::{
    Cancel,
    primes::{Recorder, Sample, Settings, check},
};
use executor::{Error, Executor, ThreadPool, as_completed};

/// Checks the numbers in a pool's threads.
///
/// # Errors
/// There could be no pool.
pub fn check_many(settings: &Settings, cancel: &Cancel, recorder: &mut Recorder) -> anyhow::Result<()> {
    let pool = Arc::new(ThreadPool::new(settings.workers)?);
    cancel.on_request({
        let pool = pool.clone();
        move || pool.shutdown(false, true)
    });

    let task = |&number: &u64| {
        let (clock, cancel) = (settings.clock, cancel.clone());
        move || check(number, executor::worker().unwrap_or_default(), clock, &cancel)
    };
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
    Ok(())
}
