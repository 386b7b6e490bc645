//! The executor's half of a future.

use std::fmt;
use std::sync::Arc;

use crate::cell::{self, Cell, Shared};
use crate::guard;
use crate::{Error, Future, Id};

/// The half of a future with which an executor changes its state. No waiter is left behind: a promise that is dropped
/// unfinished finishes the future with [`Error::Abandoned`].
///
/// ```
/// use executor::{Error, Promise, pair};
///
/// let (promise, future): (Promise<u8>, _) = pair();
/// assert!(promise.set_running());
/// assert!(!future.cancel(), "it runs");
/// drop(promise);
/// assert_eq!(future.result(), Err(Error::Abandoned));
/// ```
pub struct Promise<T>(Future<T>);

/// A pending future, and the promise of it: for executors that keep the task elsewhere.
///
/// ```
/// let (promise, future) = executor::pair();
/// std::thread::spawn(move || promise.finish(Ok(42)));
/// assert_eq!(future.result(), Ok(42));
/// ```
pub fn pair<T: Send>() -> (Promise<T>, Future<T>) {
    let cell: Shared<T> = Arc::new(Cell::pending(()));
    (Promise(Future::new(cell.clone())), Future::new(cell))
}

impl<T> Promise<T> {
    /// The future's identity.
    pub fn id(&self) -> Id {
        self.0.id()
    }

    /// True, if the future was cancelled: there is nothing to be done.
    pub fn cancelled(&self) -> bool {
        self.0.cancelled()
    }

    /// From pending to running: it cannot be cancelled any more. False, if it was cancelled before.
    pub fn set_running(&self) -> bool {
        self.0.cell().start()
    }

    /// The task is on its way to a worker that still runs another: the future is pending to look at, but cannot be
    /// cancelled until it is pending again. False, if it was cancelled before.
    pub fn set_prefetched(&self) -> bool {
        self.0.cell().prefetch()
    }

    /// The task was taken back from its worker, which had not begun it.
    pub fn set_pending(&self) {
        self.0.cell().requeue();
    }

    /// Finishes the future: calls its callbacks, and wakes the waiters. False, if it was cancelled before; then
    /// the result is dropped.
    pub fn finish(self, result: Result<T, Error>) -> bool {
        let finished = cell::finish(self.0.cell(), result, || ());
        guard::drop_contained("the drop of a result", self);
        finished
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        cell::finish(self.0.cell(), Err(Error::Abandoned), || ());
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Promise").field(&self.0).finish()
    }
}
