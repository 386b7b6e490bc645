//! A task on its way to a worker of another process: the letter, and whom to tell.

use crate::{Chunk, Error, Future, Promise, pair};
use serde::de::DeserializeOwned;

use crate::processes::RemoteTask;
use crate::processes::wire::frame::{Draft, Letter, next_result, undecodable};

/// A task, or a chunk of tasks, that was written down.
pub(crate) struct Job {
    letter: Letter,
    promise: Box<dyn Deliver>,
}

/// A task for the pool, and a future for the user.
pub(crate) type Submitted<O> = (Job, Future<O>);

/// A promise, whatever its type.
trait Deliver: Send {
    fn set_running(&self) -> bool;
    fn set_handed_over(&self) -> bool;
    fn set_pending(&self);
    /// Finishes the future with what the worker replied: a row of results.
    fn deliver(self: Box<Self>, row: &[u8]);
    fn fail(self: Box<Self>, error: Error);
}

/// Writes a task down. It is encoded here and now, in the thread that submits it; if that fails, so does the future.
pub(crate) fn single<T: RemoteTask>(task: &T) -> Result<Submitted<T::Output>, Error> {
    let mut draft = Draft::of::<T>();
    draft.item(task)?;
    let (promise, future) = pair();
    Ok((Job { letter: draft.seal(), promise: Box::new(Single(promise)) }, future))
}

/// Writes several tasks down in one letter. One that cannot be encoded is not run; the others are.
pub(crate) fn chunk<T: RemoteTask>(tasks: &[T]) -> Submitted<Chunk<T::Output>> {
    let mut draft = Draft::of::<T>();
    let unwritten = draft.items(tasks);
    let (promise, future) = pair();
    (Job { letter: draft.seal(), promise: Box::new(Several { promise, len: tasks.len(), unwritten }) }, future)
}

impl Job {
    /// What the worker is to be sent.
    pub fn letter(&self) -> &[u8] {
        self.letter.bytes()
    }

    /// A worker runs the task from now on. False, if it was cancelled.
    pub fn set_running(&self) -> bool {
        self.promise.set_running()
    }

    /// The task goes to a worker that is not yet done with another. False, if it was cancelled.
    pub fn set_handed_over(&self) -> bool {
        self.promise.set_handed_over()
    }

    /// The task was taken back from a worker that had not begun it.
    pub fn set_pending(&self) {
        self.promise.set_pending();
    }

    /// The worker ran the task.
    pub fn deliver(self, row: &[u8]) {
        self.promise.deliver(row);
    }

    /// The task will not be run, or not to its end.
    pub fn fail(self, error: Error) {
        self.promise.fail(error);
    }
}

struct Single<O>(Promise<O>);

impl<O: DeserializeOwned + Send> Deliver for Single<O> {
    fn set_running(&self) -> bool {
        self.0.set_running()
    }

    fn set_handed_over(&self) -> bool {
        self.0.set_handed_over()
    }

    fn set_pending(&self) {
        self.0.set_pending();
    }

    fn deliver(self: Box<Self>, mut row: &[u8]) {
        self.0.finish(crate::run_caught(|| read(&mut row).map_err(|error| *error)).flatten());
    }

    fn fail(self: Box<Self>, error: Error) {
        self.0.finish(Err(error));
    }
}

struct Several<O> {
    promise: Promise<Chunk<O>>,
    len: usize,
    /// Which tasks are not in the letter, and why.
    unwritten: Vec<(usize, Error)>,
}

impl<O: DeserializeOwned + Send> Deliver for Several<O> {
    fn set_running(&self) -> bool {
        self.promise.set_running()
    }

    fn set_handed_over(&self) -> bool {
        self.promise.set_handed_over()
    }

    fn set_pending(&self) {
        self.promise.set_pending();
    }

    fn deliver(self: Box<Self>, mut row: &[u8]) {
        let mut unwritten = self.unwritten.into_iter().peekable();
        let mut results = Vec::with_capacity(self.len);
        while results.len() < self.len {
            // Caught once for many: that keeps the loop a tight one.
            let caught = crate::run_caught(|| {
                while results.len() < self.len {
                    results.push(match unwritten.next_if(|(missing, _)| *missing == results.len()) {
                        Some((_, error)) => Err(Box::new(error)),
                        None => read(&mut row),
                    });
                }
            });
            results.extend(caught.map_err(|panic| Err(Box::new(panic))).err());
        }
        self.promise.finish(Ok(results));
    }

    fn fail(self: Box<Self>, error: Error) {
        self.promise.finish(Err(error));
    }
}

/// Decodes the first result of a row. The type's own `Deserialize` may panic, which is to be caught: that is this task's error, too.
#[inline]
fn read<O: DeserializeOwned>(row: &mut &[u8]) -> Result<O, Box<Error>> {
    let value = next_result(row).unwrap_or_else(|| Err(undecodable(postcard::Error::DeserializeUnexpectedEnd)))?;
    postcard::from_bytes(value).map_err(undecodable)
}
