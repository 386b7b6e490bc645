//! Doing nothing, in the threads of a pool.

use std::{collections::HashMap, sync::Arc};

use common::{
    Cancel,
    loiter::{Delay, Loiter, Recorder, Sample, Settings},
};
use executor::{Error, Executor, ThreadPool, as_completed};
use sequential::loiter::loiter;

/// Loiters in a pool's threads.
///
/// # Errors
/// There could be no pool.
pub fn loiter_many(settings: &Settings, cancel: &Cancel, recorder: &mut Recorder) -> anyhow::Result<()> {
    let pool = Arc::new(ThreadPool::new(settings.workers)?);
    cancel.on_request({
        let pool = pool.clone();
        move || pool.shutdown(false, true)
    });

    let task = |&task: &Loiter| {
        let cancel = cancel.clone();
        move || loiter(&task, executor::worker().unwrap_or_default(), &cancel)
    };
    let tasks = settings.tasks.iter();
    let results: Box<dyn Iterator<Item = (Delay, Result<Sample, Error>)>> = if settings.as_completed {
        let mut to_do = HashMap::new();
        let submitted = tasks.map(|each| {
            let future = pool.submit(task(each));
            to_do.insert(future.id(), each.delay);
            future
        });
        let futures: Vec<_> = submitted.collect();
        settings.voice.say_results(&futures);
        Box::new(as_completed(futures).map(move |future| (to_do[&future.id()], future.result())))
    } else {
        let results = pool.map(tasks.clone().map(task));
        settings.voice.say_results(&results);
        Box::new(tasks.map(|each| each.delay).zip(results))
    };
    for (delay, result) in results {
        match result {
            Ok(sample) => recorder.record(sample),
            // Taken back before it started.
            Err(Error::Cancelled | Error::Shutdown) => {}
            Err(error) => recorder.lost(delay, error),
        }
    }
    pool.shutdown(true, false);
    Ok(())
}
