//! A task on its way to a worker of another process: its request, and the future to tell.

use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;

use crate::cell::{self, Cell, Shared, Slot};
use crate::processes::RemoteTask;
use crate::processes::wire::reply::read_result;
use crate::processes::wire::request::{Request, RequestBuilder};
use crate::{Chunk, Error, Future, guard};

/// An encoded task, or chunk of tasks, and the executor's half of its future, in one allocation.
///
/// A job that is dropped unfinished finishes its future with [`Error::Abandoned`].
pub(crate) struct Job(Option<Arc<dyn Remote>>);

/// A job that a worker has, or is about to get.
pub(crate) struct Sent {
    pub job: Job,
    pub request: Request,
}

/// A job for the pool, and a future for the user.
pub(crate) type Submitted<O> = (Job, Future<O>);

/// How many jobs of a queue were cancelled while they waited there.
pub(crate) type Cancelled = Arc<AtomicIsize>;

/// Encodes a task, in the thread that submits it; if that fails, so does the future.
pub(crate) fn single<T: RemoteTask>(task: &T, cancelled: Cancelled) -> Result<Submitted<T::Output>, Error> {
    let mut request = RequestBuilder::of::<T>();
    request.item(task)?;
    Ok(submitted(request.build(), Single, cancelled))
}

/// Encodes several tasks in one request. One that cannot be encoded is not run; the others are.
pub(crate) fn chunk<T: RemoteTask>(tasks: &[T], cancelled: Cancelled) -> Submitted<Chunk<T::Output>> {
    let mut request = RequestBuilder::of::<T>();
    let unwritten = request.items(tasks);
    submitted(request.build(), Several { len: tasks.len(), unwritten }, cancelled)
}

fn submitted<T, R>(request: Request, results: R, cancelled: Cancelled) -> Submitted<T>
where
    T: Send + 'static,
    R: Results<T> + Send + 'static,
{
    let cell = Arc::new(Cell::pending(Waiting { request: Some(request), results, cancelled }));
    (Job(Some(cell.clone())), Future::new(cell))
}

impl Job {
    /// Takes the request out of the queue, for a worker that runs the task at once. `None`, if it was cancelled.
    pub fn start(self) -> Option<Sent> {
        self.take(|remote| remote.start())
    }

    /// Takes the request out of the queue, for a worker that is not yet done with another task. `None`, if it was cancelled.
    pub fn prefetch(self) -> Option<Sent> {
        self.take(|remote| remote.prefetch())
    }

    fn take(mut self, claim: impl FnOnce(&dyn Remote) -> bool) -> Option<Sent> {
        // One that is dropped here was cancelled, so its future is finished.
        let remote = self.0.take().filter(|remote| claim(&**remote))?;
        let request = remote.take_request()?;
        Some(Sent { job: Self(Some(remote)), request })
    }

    /// The task will not be run, or not to its end. False, if it was cancelled before.
    pub fn fail(mut self, error: Error) -> bool {
        self.0.take().is_some_and(|remote| remote.fail(error))
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.as_ref().is_none_or(|remote| remote.is_cancelled())
    }

    /// The name and the row of the request, which stays where it is. `None`, if it was cancelled.
    pub fn copy_request(&self) -> Option<(u64, Vec<u8>)> {
        self.0.as_ref()?.copy_request()
    }

    /// A worker runs the task from now on. False, if it was cancelled before.
    pub fn set_running(&self) -> bool {
        self.0.as_ref().is_some_and(|remote| remote.start())
    }

    /// Cancels the task, unless a worker has it. Says whether it is cancelled now.
    pub fn cancel(&self) -> bool {
        self.0.clone().is_none_or(|remote| remote.cancel())
    }

    /// The worker ran the task, and replied with a row of results.
    pub fn deliver(mut self, row: &[u8]) {
        if let Some(remote) = self.0.take() {
            remote.deliver(row);
        }
    }
}

impl Sent {
    /// A worker runs the task from now on.
    pub fn set_running(&self) {
        self.job.set_running();
    }

    /// The task was taken back from a worker that had not begun it, and waits again.
    pub fn requeue(self) -> Job {
        if let Some(remote) = &self.job.0 {
            remote.requeue(self.request);
        }
        self.job
    }

    /// The worker ran the task, and replied with a row of results.
    pub fn deliver(self, row: &[u8]) {
        self.job.deliver(row);
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(remote) = self.0.take() {
            remote.fail(Error::Abandoned);
        }
    }
}

/// What is kept of a task while it waits. The thread that moves its phase on takes the request out; a cancellation drops it.
struct Waiting<R> {
    request: Option<Request>,
    results: R,
    cancelled: Cancelled,
}

impl<R: Send> Slot for Waiting<R> {
    fn clear(&mut self) {
        self.request = None;
        self.cancelled.fetch_add(1, Ordering::Relaxed);
    }
}

/// A job, whatever its type.
trait Remote: Send + Sync {
    fn start(&self) -> bool;
    fn prefetch(&self) -> bool;
    fn is_cancelled(&self) -> bool;
    fn cancel(self: Arc<Self>) -> bool;
    fn copy_request(&self) -> Option<(u64, Vec<u8>)>;
    fn take_request(&self) -> Option<Request>;
    fn requeue(&self, request: Request);
    fn deliver(self: Arc<Self>, row: &[u8]);
    fn fail(self: Arc<Self>, error: Error) -> bool;
}

impl<T, R> Remote for Cell<T, Waiting<R>>
where
    T: Send + 'static,
    R: Results<T> + Send + 'static,
{
    fn start(&self) -> bool {
        Self::start(self)
    }

    fn prefetch(&self) -> bool {
        Self::prefetch(self)
    }

    fn is_cancelled(&self) -> bool {
        self.phase.is_cancelled()
    }

    fn cancel(self: Arc<Self>) -> bool {
        let cell: Shared<T> = self;
        cell::cancel(&cell)
    }

    fn copy_request(&self) -> Option<(u64, Vec<u8>)> {
        let waiting = lock(self);
        let (name, row) = waiting.request.as_ref()?.parts();
        Some((name, row.to_vec()))
    }

    fn take_request(&self) -> Option<Request> {
        lock(self).request.take()
    }

    fn requeue(&self, request: Request) {
        lock(self).request = Some(request);
        Self::requeue(self);
    }

    fn deliver(self: Arc<Self>, row: &[u8]) {
        let mut waiting = lock(&self);
        waiting.request = None;
        let result = waiting.results.read(row);
        drop(waiting);
        finish(self, result);
    }

    fn fail(self: Arc<Self>, error: Error) -> bool {
        lock(&self).request = None;
        finish(self, Err(error))
    }
}

fn lock<T, R>(cell: &Cell<T, Waiting<R>>) -> MutexGuard<'_, Waiting<R>> {
    cell.task.lock().unwrap_or_else(PoisonError::into_inner)
}

fn finish<T>(cell: Shared<T>, result: Result<T, Error>) -> bool {
    let finished = cell::finish(&cell, result, || ());
    // If the future is gone, so is its result now.
    guard::drop_contained("the drop of a result", cell);
    finished
}

/// How the results of a job are read. Decoding runs user code, which may panic: that is the task's error, too.
trait Results<T> {
    fn read(&mut self, row: &[u8]) -> Result<T, Error>;
}

/// That of one task.
struct Single;

impl<O: DeserializeOwned> Results<O> for Single {
    fn read(&mut self, mut row: &[u8]) -> Result<O, Error> {
        guard::caught(|| read_result(&mut row))?.map_err(|error| *error)
    }
}

/// Those of a chunk.
struct Several {
    len: usize,
    /// Which tasks are not in the request, and why.
    unwritten: Vec<(usize, Error)>,
}

impl<O: DeserializeOwned> Results<Chunk<O>> for Several {
    fn read(&mut self, mut row: &[u8]) -> Result<Chunk<O>, Error> {
        let mut unwritten = self.unwritten.drain(..).peekable();
        let mut results = Vec::with_capacity(self.len);
        while results.len() < self.len {
            // Caught once for many: that keeps the loop a tight one.
            let caught = guard::caught(|| {
                while results.len() < self.len {
                    results.push(match unwritten.next_if(|(missing, _)| *missing == results.len()) {
                        Some((_, error)) => Err(Box::new(error)),
                        None => read_result(&mut row),
                    });
                }
            });
            results.extend(caught.map_err(|panic| Err(Box::new(panic.into()))).err());
        }
        Ok(results)
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::Task;

    #[derive(Serialize, Deserialize)]
    struct Large(Vec<u8>);

    impl Task for Large {
        type Output = ();

        fn run(self) {}
    }

    impl RemoteTask for Large {
        const NAME: &'static str = "large";
    }

    #[test]
    fn a_cancelled_task_gives_its_memory_back_and_is_counted_and_no_worker_gets_it() {
        let cancelled = Cancelled::default();
        let cell = Arc::new(Cell::pending(Waiting {
            request: Some(RequestBuilder::of::<Large>().build()),
            results: Single,
            cancelled: cancelled.clone(),
        }));
        let (job, future) = (Job(Some(cell.clone())), Future::<()>::new(cell.clone()));
        assert!(future.cancel());
        assert!(lock(&cell).request.is_none());
        assert_eq!(cancelled.load(Ordering::Relaxed), 1);
        assert!(job.is_cancelled() && job.start().is_none());
    }

    #[test]
    fn a_task_that_is_taken_back_has_its_request_again() {
        let (job, future) = single(&Large(vec![7; 100]), Cancelled::default()).unwrap();
        let sent = job.prefetch().unwrap();
        let request = sent.request.bytes().to_vec();
        let job = sent.requeue();
        assert!(!future.running());
        assert_eq!(job.start().unwrap().request.bytes(), request);
        assert_eq!(future.result(), Err(Error::Abandoned), "it was dropped");
    }
}
