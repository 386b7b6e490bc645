//! The tasks of a list, in the workers of a pool.

use std::iter::zip;

use common::{
    Run,
    list::{ListTask, RunLists, SampleOf, TaskList},
};
use executor::{Executor, ThreadPool, as_completed};

/// What runs the tasks of any list.
pub struct Lists;

impl RunLists for Lists {
    /// Runs the tasks in the workers of a pool. The results come in the order of the tasks, or as they complete.
    ///
    /// # Errors
    /// There could be no pool.
    fn run_many<T: ListTask>(list: &TaskList<T>, run: &mut Run<SampleOf<T>>) -> anyhow::Result<()> {
        let pool = run.pool(ThreadPool::new(list.workers)?);
        let cancel = run.cancel().clone();
        let tasks = list.tasks.iter().cloned().map(|task| {
            let cancel = cancel.clone();
            move || task.run(&cancel)
        });
        let keys = list.tasks.iter().map(T::key);
        if list.in_order {
            let results = pool.map_tasks(tasks);
            list.announcer.results(&results);
            for (key, result) in zip(keys, results) {
                run.record(key, result);
            }
        } else {
            let futures: Vec<_> = tasks.map(|task| pool.submit(task)).collect();
            list.announcer.results(&futures);
            for (key, future) in as_completed(zip(keys, futures)) {
                run.record(key, future.result());
            }
        }
        run.shut_down(&*pool);
        Ok(())
    }
}
