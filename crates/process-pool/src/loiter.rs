//! Doing nothing, in the processes of a pool.

use std::sync::Arc;

use common::{
    Cancel,
    loiter::{Delay, Loiter, Recorder, Sample, Settings},
};
use executor::{Error, Executor, ProcessPool, RemoteTask, Task, as_completed, processes::Tasks};
use sequential::loiter::loiter;
use serde::{Deserialize, Serialize};

/// Loiters in a pool's processes.
///
/// # Errors
/// There could be no pool.
pub fn loiter_many(settings: &Settings, cancel: &Cancel, recorder: &mut Recorder) -> anyhow::Result<()> {
    let pool = Arc::new(ProcessPool::new(settings.workers)?);
    cancel.on_request({
        let pool = pool.clone();
        // Those that sleep do not hear of it.
        move || pool.kill_workers()
    });

    let task = |&task: &Loiter| LoiterOnce(task);
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
    recorder.add_workers(pool.usage());
    Ok(())
}

/// Adds the tasks of this workload to those that a worker knows.
pub fn add_tasks(tasks: &mut Tasks) {
    tasks.add::<LoiterOnce>();
}

/// Does nothing for a while, in a worker.
#[derive(Serialize, Deserialize)]
struct LoiterOnce(Loiter);

impl Task for LoiterOnce {
    type Output = Sample;

    fn run(self) -> Sample {
        loiter(&self.0, executor::worker().unwrap_or_default(), &Cancel::default())
    }
}

impl RemoteTask for LoiterOnce {
    const NAME: &'static str = "loiter";
}
