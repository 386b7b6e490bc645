//! Futures in the order of completion.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::Future;
use crate::cell::Listener;
use crate::inbox::Inbox;
use crate::pace::Pace;

/// The futures as they are finished: first those that are, then in the order of completion.
///
/// They may come from several executors. All are taken from the iterator, so submitted, before this returns.
pub fn as_completed<T, I>(futures: I) -> AsCompleted<T, I::IntoIter>
where
    I: IntoIterator<Item = Future<T>>,
{
    AsCompleted::new(usize::MAX, futures.into_iter())
}

/// As [`as_completed`], but holds at most `window` futures at a time: takes the next from the iterator, so submits
/// its task, only when one that is finished has been handed out. This is how 100,000 tasks fit into little memory.
///
/// A window of twice the number of workers keeps these busy.
pub fn as_completed_within<T, I>(window: NonZeroUsize, futures: I) -> AsCompleted<T, I::IntoIter>
where
    I: IntoIterator<Item = Future<T>>,
{
    AsCompleted::new(window.get(), futures.into_iter())
}

/// The iterator of [`as_completed`]. Dropping it leaves nothing behind; the tasks go on.
pub struct AsCompleted<T, I> {
    /// `None`, when all were taken.
    source: Option<I>,
    window: usize,
    inbox: Arc<Inbox>,
    /// The futures that are held, each in the place that its ticket says.
    held: Vec<Option<Future<T>>>,
    /// Places in `held` that are free.
    free: Vec<usize>,
    /// Tickets of finished futures, the next one to be handed out last.
    ready: Vec<usize>,
    pace: Pace,
}

impl<T, I: Iterator<Item = Future<T>>> AsCompleted<T, I> {
    fn new(window: usize, source: I) -> Self {
        let mut this = Self {
            source: Some(source),
            window,
            inbox: Arc::default(),
            held: Vec::new(),
            free: Vec::new(),
            ready: Vec::new(),
            pace: Pace::new(Instant::now()),
        };
        this.fill();
        this
    }

    /// Gives up when not all futures are finished within this time from now: then the next item is the error
    /// [`Unfinished`], and it is the last one.
    pub fn timeout(self, timeout: Duration) -> TimedAsCompleted<T, I> {
        TimedAsCompleted { futures: self, deadline: Instant::now().checked_add(timeout), yielded: 0, over: false }
    }

    /// Takes futures from the source until as many are held as may be.
    fn fill(&mut self) {
        while self.held.len() - self.free.len() < self.window {
            let Some(source) = &mut self.source else {
                return;
            };
            let Some(future) = source.next() else {
                self.source = None;
                return;
            };
            let ticket = self.free.pop().unwrap_or(self.held.len());
            if !future.cell().listen(Listener::Inbox(self.inbox.clone(), ticket)) {
                // In its turn behind those that were finished earlier, or they might never be handed out.
                self.inbox.deliver(ticket);
            }
            if ticket == self.held.len() {
                self.held.push(Some(future));
            } else {
                self.held[ticket] = Some(future);
            }
        }
    }

    /// The next finished future; `None` at the end, and at the deadline.
    fn next_before(&mut self, deadline: Option<Instant>) -> Option<Future<T>> {
        self.fill();
        if self.ready.is_empty() {
            let to_come = self.held.len() - self.free.len();
            if to_come == 0 {
                return None;
            }
            if let Some(nap) = self.pace.nap(to_come) {
                thread::sleep(nap);
            }
            self.inbox.collect(&mut self.ready, deadline);
            self.pace.collected(self.ready.len(), Instant::now());
            self.ready.reverse();
        }
        let ticket = self.ready.pop()?;
        self.free.push(ticket);
        self.held[ticket].take()
    }
}

impl<T, I: Iterator<Item = Future<T>>> Iterator for AsCompleted<T, I> {
    type Item = Future<T>;

    fn next(&mut self) -> Option<Future<T>> {
        self.next_before(None)
    }
}

impl<T, I> Drop for AsCompleted<T, I> {
    fn drop(&mut self) {
        for future in self.held.iter().flatten() {
            future.cell().listen(Listener::Nobody);
        }
    }
}

/// The iterator of [`AsCompleted::timeout`].
pub struct TimedAsCompleted<T, I> {
    futures: AsCompleted<T, I>,
    deadline: Option<Instant>,
    yielded: usize,
    over: bool,
}

/// The time of an [`as_completed`] was over before all futures were finished. Here are those that are not.
pub struct Unfinished<T> {
    /// The futures that are not finished.
    pub futures: Vec<Future<T>>,
    /// How many futures there were in all.
    pub of: usize,
}

impl<T, I: Iterator<Item = Future<T>>> Iterator for TimedAsCompleted<T, I> {
    type Item = Result<Future<T>, Unfinished<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        if let Some(future) = self.futures.next_before(self.deadline) {
            self.yielded += 1;
            return Some(Ok(future));
        }
        self.over = true;
        let futures: Vec<_> = self.futures.held.iter_mut().filter_map(Option::take).collect();
        for future in &futures {
            future.cell().listen(Listener::Nobody);
        }
        let of = self.yielded + futures.len();
        (!futures.is_empty()).then_some(Err(Unfinished { futures, of }))
    }
}

impl<T> fmt::Debug for Unfinished<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unfinished").field("futures", &self.futures).field("of", &self.of).finish()
    }
}

impl<T> fmt::Display for Unfinished<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (of {}) futures unfinished", self.futures.len(), self.of)
    }
}

impl<T> std::error::Error for Unfinished<T> {}
