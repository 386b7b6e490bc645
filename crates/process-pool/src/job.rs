//! A task on its way to a worker of another process: the letter, and whom to tell.

use executor::{Error, Future, Promise, pair};
use serde::de::DeserializeOwned;

use crate::RemoteTask;
use crate::frame::{Letter, next_result, undecodable};
use crate::task::digest;

/// A task, or a chunk of tasks, that was written down.
pub(crate) struct Job {
    letter: Vec<u8>,
    promise: Box<dyn Deliver>,
}

/// A promise, whatever its type.
trait Deliver: Send {
    fn set_running(&self) -> bool;
    fn set_pending(&self);
    /// Finishes the future with what the worker replied: a row of results.
    fn deliver(self: Box<Self>, row: &[u8]);
    fn fail(self: Box<Self>, error: Error);
}

/// Writes a task down. It is encoded here and now, in the thread that submits it; if that fails, so does the future.
pub(crate) fn single<T: RemoteTask>(task: &T) -> Result<(Job, Future<T::Output>), Error> {
    let letter = write::<T>(std::slice::from_ref(task))?;
    let (promise, future) = pair();
    Ok((Job { letter, promise: Box::new(Single(promise)) }, future))
}

/// Writes several tasks down in one letter. If one of them cannot be encoded, none is run.
#[expect(clippy::type_complexity, reason = "it is that of `Executor::submit_chunk`")]
pub(crate) fn chunk<T: RemoteTask>(tasks: &[T]) -> Result<(Job, Future<Vec<Result<T::Output, Error>>>), Error> {
    let letter = write(tasks)?;
    let (promise, future) = pair();
    let chunk = Chunk { promise, len: tasks.len() };
    Ok((Job { letter, promise: Box::new(chunk) }, future))
}

fn write<T: RemoteTask>(tasks: &[T]) -> Result<Vec<u8>, Error> {
    executor::run_caught(|| {
        let mut letter = Letter::new(const { digest(0, T::NAME) });
        tasks.iter().try_for_each(|task| letter.item(task))?;
        Ok(letter.seal())
    })?
    .map_err(|error: postcard::Error| Error::Failed { doing: "encode the task".to_owned(), reason: error.to_string() })
}

impl Job {
    /// What the worker is to be sent.
    pub fn letter(&self) -> &[u8] {
        &self.letter
    }

    /// The task goes to a worker. False, if it was cancelled.
    pub fn set_running(&self) -> bool {
        self.promise.set_running()
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

    fn set_pending(&self) {
        self.0.set_pending();
    }

    fn deliver(self: Box<Self>, mut row: &[u8]) {
        self.0.finish(read(&mut row));
    }

    fn fail(self: Box<Self>, error: Error) {
        self.0.finish(Err(error));
    }
}

struct Chunk<O> {
    promise: Promise<Vec<Result<O, Error>>>,
    len: usize,
}

impl<O: DeserializeOwned + Send> Deliver for Chunk<O> {
    fn set_running(&self) -> bool {
        self.promise.set_running()
    }

    fn set_pending(&self) {
        self.promise.set_pending();
    }

    fn deliver(self: Box<Self>, mut row: &[u8]) {
        let results = (0..self.len).map(|_| read(&mut row)).collect();
        self.promise.finish(Ok(results));
    }

    fn fail(self: Box<Self>, error: Error) {
        self.promise.finish(Err(error));
    }
}

/// Decodes the first result of a row. The type's own `Deserialize` may panic: that is this task's error, too.
fn read<O: DeserializeOwned>(row: &mut &[u8]) -> Result<O, Error> {
    let value = next_result(row).unwrap_or_else(|| Err(undecodable(postcard::Error::DeserializeUnexpectedEnd)))?;
    executor::run_caught(|| postcard::from_bytes(value))?.map_err(undecodable)
}
