//! The tasks of a list, one after another.

use common::{
    Run,
    list::{ListTask, RunLists, SampleOf, TaskList},
};

/// What runs the tasks of any list.
pub struct Lists;

impl RunLists for Lists {
    /// Runs one task after another. The iterator is lazy all the way: a task begins when its result is asked for.
    ///
    /// # Errors
    /// None.
    fn run_many<T: ListTask>(list: &TaskList<T>, run: &mut Run<SampleOf<T>>) -> anyhow::Result<()> {
        let cancel = run.cancel().clone();
        let tasks = list.tasks.iter().take_while(|_| cancel.requested().is_none());
        let results = tasks.map(|task| task.run(&cancel));
        list.announcer.results(&format_args!("<Map submitted=0 of {}>", list.tasks.len()));
        results.for_each(|sample| run.sample(sample));
        Ok(())
    }
}
