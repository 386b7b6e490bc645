//! The simplest executor.

use crate::{Chunk, Executor, Future, Shutdown, Task, job};

/// Runs each task at once, in the caller: no concurrency, the same interface.
///
/// ```
/// use executor::{Executor, Inline};
///
/// let future = Inline.submit(|| 6 * 7);
/// assert!(future.done(), "it ran in the call of submit");
/// assert_eq!(future.result(), Ok(42));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Inline;

impl<T> Executor<T> for Inline
where
    T: Task,
    T::Output: Send + 'static,
{
    fn submit(&self, task: T) -> Future<T::Output> {
        Future::finished(job::run_caught(task))
    }

    fn submit_chunk(&self, tasks: Vec<T>) -> Future<Chunk<T::Output>> {
        Future::finished(Ok(job::run_chunk(tasks)))
    }
}

impl Shutdown for Inline {
    /// Does nothing: there is nothing to end, and it takes tasks afterwards.
    fn shutdown(&self, _wait: bool, _cancel_futures: bool) {}
}
