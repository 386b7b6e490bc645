//! Doing nothing, in the threads of a pool.

use std::sync::Arc;

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
        let futures: Vec<_> = tasks.map(|each| pool.submit(task(each))).collect();
        settings.voice.say_results(&futures);
        let with_delays = settings.tasks.iter().map(|each| each.delay).zip(futures);
        Box::new(as_completed(with_delays).map(|(delay, future)| (delay, future.result())))
    } else {
        let results = pool.map_tasks(tasks.clone().map(task));
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
