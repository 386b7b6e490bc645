//! The tasks of a list, in the workers of a queue.

use std::{iter::zip, sync::Arc};

use common::{
    Run,
    list::{ListTask, SampleOf, TaskList},
};
use executor::{Executor, as_completed};

use crate::{home::Lanes, place, queue::TaskQueue, remote::InWorker};

/// Runs the tasks in the workers of a queue. The results come in the order of the tasks, or as they complete.
///
/// # Errors
/// There could be no queue.
pub fn run_many<T: ListTask>(list: &TaskList<T>, run: &mut Run<SampleOf<T>>) -> anyhow::Result<()> {
    let queue = Arc::new(place::queue(list.workers)?);
    run.stop_on_cancel(&queue, TaskQueue::cut_off);
    let mut lanes = Lanes::default();

    let tasks = list.tasks.iter().cloned().map(InWorker);
    let keys = list.tasks.iter().map(T::key);
    if list.in_order {
        let results = queue.map_tasks(tasks);
        list.announcer.results(&results);
        for (key, result) in zip(keys, results) {
            run.record(key, result.map(|told| lanes.sample(told)));
        }
    } else {
        let futures: Vec<_> = tasks.map(|task| queue.submit(task)).collect();
        list.announcer.results(&futures);
        for (key, future) in as_completed(zip(keys, futures)) {
            run.record(key, future.result().map(|told| lanes.sample(told)));
        }
    }
    queue.shutdown(true, false);
    run.add_workers(queue.usage());
    Ok(())
}
