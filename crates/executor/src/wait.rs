//! Waiting for some of many.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cell::Listener;
use crate::completion_queue::CompletionQueue;
use crate::phase::Phase;
use crate::{AsFuture, Future};

/// How long [`wait`] waits.
///
/// ```
/// use executor::{Future, Until, pair, wait};
///
/// let (_promise, pending) = pair();
/// let waited = wait([pending, Future::finished(Ok(1))], Until::FirstCompleted, None);
/// assert_eq!((waited.done.len(), waited.not_done.len()), (1, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until any future is finished or cancelled.
    FirstCompleted,
    /// Until any task failed (its future has an [`Error`](crate::Error), and was not cancelled), or all futures are finished.
    FirstError,
    /// Until all futures are finished or cancelled.
    All,
}

/// What [`wait`] found, each in the order in which the futures were given.
///
/// ```
/// use std::time::Duration;
///
/// use executor::{Until, Waited, pair, wait};
///
/// let (_promise, future) = pair::<u8>();
/// let Waited { done, not_done } = wait([future], Until::All, Some(Duration::ZERO));
/// assert!(done.is_empty());
/// not_done[0].cancel();
/// ```
#[derive(Debug)]
#[must_use = "it is both what is done and what is not"]
pub struct Waited<F> {
    /// Finished or cancelled.
    pub done: Vec<F>,
    /// Pending or running.
    pub not_done: Vec<F>,
}

/// Waits for the futures, which may come from several executors, and sorts them. At the timeout too: it is no error.
///
/// ```
/// use executor::{Executor, ThreadPool, Until, wait};
///
/// let pool = ThreadPool::new(2)?;
/// let waited = wait((0..4).map(|number| pool.submit(move || number * 2)), Until::All, None);
/// assert_eq!((waited.done.len(), waited.not_done.len()), (4, 0));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn wait<F: AsFuture>(futures: impl IntoIterator<Item = F>, until: Until, timeout: Option<Duration>) -> Waited<F> {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let queue = Arc::new(CompletionQueue::default());
    let futures: Vec<_> = futures.into_iter().collect();
    for (ticket, future) in futures.iter().enumerate() {
        if !future.as_future().cell().listen(Listener::Queue(queue.clone(), ticket)) {
            queue.deliver(ticket);
        }
    }
    let mut unfinished = futures.len();
    let mut finished = Vec::new();
    while unfinished > 0 {
        queue.collect(&mut finished, deadline);
        let enough = match until {
            Until::FirstCompleted => true,
            Until::FirstError => finished.iter().any(|&ticket| failed(futures[ticket].as_future())),
            Until::All => false,
        };
        // Nothing at all means that the time is over.
        if enough || finished.is_empty() {
            break;
        }
        unfinished -= finished.len();
        finished.clear();
    }
    let (not_done, done) = futures.into_iter().partition(|future| future.as_future().cell().listen(Listener::None));
    Waited { done, not_done }
}

/// Neither a value nor a cancellation is a failure.
fn failed<T>(future: &Future<T>) -> bool {
    matches!(future.cell().phase.get(), Phase::Raised(_))
}
