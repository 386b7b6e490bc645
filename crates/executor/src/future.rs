//! The caller's half of a future.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::cell::{self, Cell, Listener, Shared};
use crate::phase::Phase;
use crate::{Error, type_name};

/// A deferred computation that may or may not be done.
///
/// Only an executor makes one, and only the executor changes its state: pending, running, finished; or cancelled.
/// It has one owner, to whom the result goes. Dropping it does not cancel the task. It can be awaited by any async
/// runtime, too: the output is what [`result`](Self::result) returns.
///
/// ```
/// use executor::{Executor, ThreadPool};
///
/// let pool = ThreadPool::new(1)?;
/// let future = pool.submit(|| 6 * 7);
/// assert!(!future.cancelled());
/// assert_eq!(future.result(), Ok(42));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a dropped future lets its task go on, but its result is lost; say `drop` if that is meant"]
pub struct Future<T>(Shared<T>);

/// The identity of a future, as long as that lives: the key of a map from each future to what it was for.
///
/// ```
/// use std::collections::HashMap;
///
/// use executor::{Executor, ThreadPool, as_completed};
///
/// let pool = ThreadPool::new(2)?;
/// let futures: Vec<_> = (0..3).map(|number| pool.submit(move || number * 2)).collect();
/// let inputs: HashMap<_, _> = futures.iter().map(|future| future.id()).zip(0..).collect();
/// for future in as_completed(futures) {
///     let input = inputs[&future.id()];
///     assert_eq!(future.result(), Ok(input * 2));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id(usize);

/// The future was not finished in time. Here it is again; it can be asked once more.
///
/// ```
/// use std::time::Duration;
///
/// use executor::{TimedOut, pair};
///
/// let (promise, future) = pair();
/// let Err(TimedOut(future)) = future.result_timeout(Duration::ZERO) else { panic!("nothing has come") };
/// promise.finish(Ok("late"));
/// assert_eq!(future.result(), Ok("late"));
/// ```
pub struct TimedOut<T>(pub Future<T>);

impl<T> Future<T> {
    pub(crate) fn new(cell: Shared<T>) -> Self {
        Self(cell)
    }

    pub(crate) fn cell(&self) -> &Shared<T> {
        &self.0
    }

    /// A future that is finished from the start.
    ///
    /// ```
    /// let future = executor::Future::finished(Ok(1));
    /// assert!(future.done());
    /// assert_eq!(future.result(), Ok(1));
    /// ```
    pub fn finished(result: Result<T, Error>) -> Self
    where
        T: Send + 'static,
    {
        Self(Arc::new(Cell::finished(result)))
    }

    /// The future's identity.
    pub fn id(&self) -> Id {
        Id(Arc::as_ptr(&self.0).addr())
    }

    /// True, if the future is finished or cancelled. Never blocks.
    pub fn done(&self) -> bool {
        self.0.phase.get().is_done()
    }

    /// True, if the task has started and not finished.
    pub fn running(&self) -> bool {
        self.0.phase.get() == Phase::Running
    }

    /// True, if the future was cancelled.
    pub fn cancelled(&self) -> bool {
        self.0.phase.get() == Phase::Cancelled
    }

    /// Cancels the future if its task has not started, and says whether the future is cancelled now.
    ///
    /// ```
    /// use executor::{Error, pair};
    ///
    /// let (_promise, future) = pair::<u8>();
    /// assert!(future.cancel());
    /// assert_eq!(future.result(), Err(Error::Cancelled));
    /// ```
    pub fn cancel(&self) -> bool {
        cell::cancel(&self.0)
    }

    /// Waits until the future is finished, and for its callbacks; returns the value, or why there is none.
    pub fn result(self) -> Result<T, Error> {
        self.0.take(None).unwrap_or(Err(Error::Abandoned))
    }

    /// As [`result`](Self::result), but gives up after a while, and gives the future back.
    ///
    /// The outer `Result` is about the waiting, the inner one about the task.
    pub fn result_timeout(self, timeout: Duration) -> Result<Result<T, Error>, TimedOut<T>> {
        self.0.take(Instant::now().checked_add(timeout)).ok_or(TimedOut(self))
    }

    /// Waits until the future is finished; returns its error, or `None` if there is a value.
    ///
    /// ```
    /// use executor::{Executor, Inline};
    ///
    /// assert_eq!(Inline.submit(|| 1).exception(), None);
    /// assert!(Inline.submit(|| panic!("no")).exception().is_some());
    /// ```
    pub fn exception(&self) -> Option<Error> {
        self.0.error()
    }

    /// Lets `look` see the result, which stays where it is; `None` if the future is not finished.
    ///
    /// The result is locked meanwhile. `look` may ask this future `done`, `running`, `cancelled`, `id` and for its `Debug`; any other
    /// call on it waits for the lock, and so for ever.
    ///
    /// ```
    /// use executor::{Executor, Inline};
    ///
    /// let future = Inline.submit(|| "a long text".to_owned());
    /// assert_eq!(future.peek(|result| result.map_or(0, String::len)), Some(11));
    /// assert_eq!(future.result().as_deref(), Ok("a long text"));
    /// ```
    pub fn peek<R>(&self, look: impl FnOnce(Result<&T, &Error>) -> R) -> Option<R> {
        self.0.look(look)
    }

    /// Has `callback` called when the future is finished or cancelled: in the worker that finished it, in the order
    /// in which callbacks were added, before the owner can take the result. Or here and at once, if it is finished.
    ///
    /// The future is done for its callbacks, and for others when all of them were called: then the result can be had. A panic of the
    /// callback ends the callback only, and is reported on standard error.
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    ///
    /// use executor::{Executor, ThreadPool};
    ///
    /// let (sender, results) = channel();
    /// let pool = ThreadPool::new(1)?;
    /// pool.submit(|| 42).add_done_callback(move |future| {
    ///     let value = future.peek(|result| result.copied().unwrap_or(0));
    ///     _ = sender.send(value);
    /// });
    /// assert_eq!(results.recv()?, Some(42));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_done_callback(&self, callback: impl FnOnce(&Future<T>) + Send + 'static) {
        if let Err(callback) = self.0.add_callback(Box::new(callback)) {
            cell::call(callback, self);
        }
    }
}

impl<T> std::future::Future for Future<T> {
    type Output = Result<T, Error>;

    /// # Panics
    ///
    /// When polled again after it was ready.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.0.listen(Listener::Waker(Box::new(context.waker().clone()))) {
            return Poll::Pending;
        }
        self.0.take(None).map_or(Poll::Pending, Poll::Ready)
    }
}

impl<T> fmt::Debug for Future<T> {
    /// As the chapter prints it: `<Future at 0x100791518 state=finished returned String>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.0.phase.get() {
            Phase::Pending | Phase::Prefetched => "pending".to_owned(),
            Phase::Running => "running".to_owned(),
            Phase::Cancelled => "cancelled".to_owned(),
            Phase::Returned => format!("finished returned {}", type_name::short::<T>()),
            Phase::Raised(kind) => format!("finished raised {}", Error::KINDS[usize::from(kind)]),
        };
        write!(f, "<Future at {:#x} state={state}>", self.id().0)
    }
}

impl<T> fmt::Debug for TimedOut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TimedOut").field(&self.0).finish()
    }
}

impl<T> fmt::Display for TimedOut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the future was not finished in time")
    }
}

impl<T> std::error::Error for TimedOut<T> {}
