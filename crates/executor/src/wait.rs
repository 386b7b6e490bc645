//! Waiting for some of many.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::Future;
use crate::cell::Listener;
use crate::inbox::Inbox;
use crate::phase::Phase;

/// How long [`wait`] waits.
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
#[derive(Debug)]
pub struct Waited<T> {
    /// Finished or cancelled.
    pub done: Vec<Future<T>>,
    /// Pending or running.
    pub not_done: Vec<Future<T>>,
}

/// Waits for the futures, which may come from several executors, and sorts them. At the timeout too: it is no error.
pub fn wait<T>(futures: impl IntoIterator<Item = Future<T>>, until: Until, timeout: Option<Duration>) -> Waited<T> {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let inbox = Arc::new(Inbox::default());
    let futures: Vec<_> = futures.into_iter().collect();
    for (ticket, future) in futures.iter().enumerate() {
        if !future.cell().listen(Listener::Inbox(inbox.clone(), ticket)) {
            inbox.deliver(ticket);
        }
    }
    let mut unfinished = futures.len();
    let mut finished = Vec::new();
    while unfinished > 0 {
        inbox.collect(&mut finished, deadline);
        let enough = match until {
            Until::FirstCompleted => true,
            Until::FirstError => finished.iter().any(|&ticket| failed(&futures[ticket])),
            Until::All => false,
        };
        // Nothing at all means that the time is over.
        if enough || finished.is_empty() {
            break;
        }
        unfinished -= finished.len();
        finished.clear();
    }
    let (not_done, done) = futures.into_iter().partition(|future| future.cell().listen(Listener::Nobody));
    Waited { done, not_done }
}

/// Neither a value nor a cancellation is a failure.
fn failed<T>(future: &Future<T>) -> bool {
    matches!(future.cell().phase.get(), Phase::Raised(_))
}
