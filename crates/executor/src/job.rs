//! A task on its way to a worker of this process.

use std::sync::{Arc, PoisonError};

use crate::cell::{self, Cell, Shared};
use crate::guard;
use crate::{Error, Future, Task};

/// A task and the executor's half of its future, in one allocation. For executors whose workers are threads.
///
/// A job that is dropped without having run finishes its future with [`Error::Abandoned`].
///
/// ```
/// use executor::{Error, job};
///
/// let (lost, future) = job(|| 42);
/// drop(lost);
/// assert_eq!(future.result(), Err(Error::Abandoned));
/// ```
pub struct Job(Option<Arc<dyn Run>>);

/// Makes a job of a task. It does nothing before [`Job::run`].
///
/// ```
/// let (job, future) = executor::job(|| 6 * 7);
/// std::thread::spawn(move || job.run(|| ()));
/// assert_eq!(future.result(), Ok(42));
/// ```
pub fn job<T>(task: T) -> (Job, Future<T::Output>)
where
    T: Task + Send + 'static,
    T::Output: Send + 'static,
{
    let cell = Arc::new(Cell::pending(Some(task)));
    (Job(Some(cell.clone())), Future::new(cell))
}

impl Job {
    /// Runs the task, unless it was cancelled, and finishes the future. `free` is called just before the result can
    /// be taken: a caller that has it, and submits the next task, will find this worker free.
    pub fn run(mut self, mut free: impl FnMut()) {
        if let Some(job) = self.0.take() {
            job.run(&mut free);
        }
    }

    /// Finishes the future with an error, instead of running the task.
    pub fn fail(mut self, error: Error) {
        if let Some(job) = self.0.take() {
            job.fail(error);
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(job) = self.0.take() {
            job.fail(Error::Abandoned);
        }
    }
}

/// The results of a chunk of tasks, in their order. There may be very many, and few errors: so each is in a box.
///
/// ```
/// use executor::{Chunk, Executor, Inline};
///
/// let chunk: Chunk<u32> = Inline.submit_chunk(vec![|| 1, || panic!("no")]).result().unwrap();
/// assert_eq!(chunk[0], Ok(1));
/// assert!(chunk[1].is_err());
/// ```
pub type Chunk<O> = Vec<Result<O, Box<Error>>>;

/// Runs the tasks one after another: a chunk, for executors whose workers are threads.
///
/// ```
/// assert_eq!(executor::run_chunk(vec![|| 1, || 2]), [Ok(1), Ok(2)]);
/// ```
pub fn run_chunk<T: Task>(tasks: Vec<T>) -> Chunk<T::Output> {
    tasks.into_iter().map(|task| run_caught(task).map_err(Box::new)).collect()
}

/// Runs a task, and makes a value of its panic. For executors.
///
/// ```
/// assert_eq!(executor::run_caught(|| 1), Ok(1));
/// assert!(executor::run_caught(|| panic!("no")).is_err());
/// ```
pub fn run_caught<T: Task>(task: T) -> Result<T::Output, Error> {
    guard::caught(|| task.run()).map_err(Error::from)
}

/// A job, whatever its type.
trait Run: Send + Sync {
    fn run(self: Arc<Self>, free: &mut dyn FnMut());
    fn fail(self: Arc<Self>, error: Error);
}

impl<T> Run for Cell<T::Output, Option<T>>
where
    T: Task + Send + 'static,
    T::Output: Send + 'static,
{
    fn run(self: Arc<Self>, free: &mut dyn FnMut()) {
        if !self.start() {
            return free();
        }
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        let result = task.map_or(Err(Error::Abandoned), run_caught);
        let cell: Shared<T::Output> = self;
        cell::finish(&cell, result, free);
        // If the future is gone, so is its result now.
        guard::drop_contained("the drop of a result", cell);
    }

    fn fail(self: Arc<Self>, error: Error) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        let cell: Shared<T::Output> = self;
        cell::finish(&cell, Err(error), || ());
        guard::drop_contained("the drop of a task", task);
    }
}
