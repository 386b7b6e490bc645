//! A task for executors that carry it to another process by a way of their own.

use super::RemoteTask;
use super::job::{self, Cancelled, Job};
use crate::{Chunk, Error, Future};

/// An encoded task, or chunk of tasks, and the executor's half of its future: for executors whose workers are elsewhere. It keeps the
/// request until the future is finished, so that what is lost on its way can be sent again.
///
/// The worker's half is [`Tasks::run`](super::Tasks::run). One that is dropped unfinished finishes its future with [`Error::Abandoned`].
///
/// ```
/// use executor::processes::{Carried, Tasks};
/// use executor::remote_task;
///
/// remote_task!(Root(f64) -> f64 = f64::sqrt);
///
/// // Here.
/// let (carried, future) = Carried::task(&Root(9.0))?;
/// let (name, row) = carried.request().expect("nobody has cancelled it");
/// // There.
/// let (mut tasks, mut results) = (Tasks::default(), Vec::new());
/// tasks.add::<Root>().run(name, &row, &mut results);
/// // Here.
/// carried.deliver(&results);
/// assert_eq!(future.result(), Ok(3.0));
/// # Ok::<(), executor::Error>(())
/// ```
pub struct Carried(Job);

impl Carried {
    /// Of one task.
    ///
    /// # Errors
    /// It cannot be encoded.
    pub fn task<T: RemoteTask>(task: &T) -> Result<(Self, Future<T::Output>), Error> {
        let (job, future) = job::single(task, Cancelled::default())?;
        Ok((Self(job), future))
    }

    /// Of several tasks, which one worker does one after another. One that cannot be encoded is not run; the others are.
    pub fn chunk<T: RemoteTask>(tasks: &[T]) -> (Self, Future<Chunk<T::Output>>) {
        let (job, future) = job::chunk(tasks, Cancelled::default());
        (Self(job), future)
    }

    /// What the worker is to be sent: the name of the task as a number, and a row of encoded tasks. `None`, if it was cancelled.
    pub fn request(&self) -> Option<(u64, Vec<u8>)> {
        self.0.copy_request()
    }

    /// A worker runs it from now on: it cannot be cancelled any more. False, if it was cancelled before.
    pub fn set_running(&self) -> bool {
        self.0.set_running()
    }

    /// Cancels it, unless a worker runs it. Says whether it is cancelled now.
    pub fn cancel(&self) -> bool {
        self.0.cancel()
    }

    /// A worker ran it, and this is what it wrote.
    pub fn deliver(self, results: &[u8]) {
        self.0.deliver(results);
    }

    /// It will have no result. False, if it was cancelled before.
    pub fn fail(self, error: Error) -> bool {
        self.0.fail(error)
    }
}
