//! The tasks of a list, in the workers of a queue.

use std::iter::zip;

use common::{
    Run,
    list::{ListTask, RunLists, SampleOf, TaskList},
};
use executor::{Executor, as_completed};

use crate::{home::Lanes, place, remote::InWorker};

/// What runs the tasks of any list.
pub struct Lists;

impl RunLists for Lists {
    /// Runs the tasks in the workers of a queue. The results come in the order of the tasks, or as they complete.
    ///
    /// # Errors
    /// There could be no queue.
    fn run_many<T: ListTask>(list: &TaskList<T>, run: &mut Run<SampleOf<T>>) -> anyhow::Result<()> {
        let queue = run.pool(place::queue(list.workers)?);
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
        run.shut_down(&*queue);
        Ok(())
    }
}
