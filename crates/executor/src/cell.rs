//! The cell that a future and its executor share.
//!
//! Everything is behind one lock. A waiter registers in the cell, so that a future without one
//! costs no wake-up (a system call) when it is finished.

use std::sync::{Arc, PoisonError};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use crate::completion_queue::CompletionQueue;
use crate::phase::{AtomicPhase, Phase};
use crate::sync::{Condvar, Mutex, MutexGuard, yield_now};
use crate::{Error, Future, guard};

/// How often a thread gives way before it goes to sleep for a result. Tiny tasks come in bursts: it then finds the
/// next results ready, where otherwise each would cost a sleep and a wake-up, which are system calls.
const YIELDS: usize = if cfg!(loom) { 0 } else { 8 };

/// In what steps, and how many, a cancellation waits for a prefetched task to be started or recalled.
const STEP: Duration = Duration::from_micros(50);
const STEPS: usize = 40;

/// Called with the finished future.
pub(crate) type Callback<T> = Box<dyn FnOnce(&Future<T>) + Send>;

/// The state of a future, and (so that one allocation is enough) the task `K` while it has not started.
///
/// Its size counts when 100,000 are waiting, so what is rare is in a box: errors, callbacks, wakers.
pub(crate) struct Cell<T, K: ?Sized> {
    /// How far the future is, for all to see. It is finished with the lock held.
    pub phase: AtomicPhase,
    state: Mutex<State<T>>,
    /// Signalled when the future is settled, if `state.blocked`.
    settled: Condvar,
    /// The thread that moves the phase on from `Pending` takes the task out, so this lock is never contended.
    pub task: std::sync::Mutex<K>,
}

struct State<T> {
    /// From the finish until the owner takes it.
    result: Option<Result<T, Box<Error>>>,
    /// The future is finished and all callbacks were called: the owner may take the result.
    settled: bool,
    /// Threads that wait for `settled`.
    blocked: u32,
    listener: Listener,
    callbacks: Option<Box<Callbacks<T>>>,
}

struct Callbacks<T>(Vec<Callback<T>>);

/// Whom the owner of the future wants told, besides the threads that block.
pub(crate) enum Listener {
    None,
    /// An async task that polled the future.
    Waker(Box<Waker>),
    /// The queue of an `as_completed` or a `wait`, and the future's ticket there.
    Queue(Arc<CompletionQueue>, usize),
}

/// What holds the task of a pending future, and lets go of it when the future is cancelled.
pub(crate) trait Slot: Send {
    /// Drops the task.
    fn clear(&mut self);
}

impl Slot for () {
    fn clear(&mut self) {}
}

impl<K: Send> Slot for Option<K> {
    fn clear(&mut self) {
        *self = None;
    }
}

/// A cell as its future sees it: whatever the task.
pub(crate) type Shared<T> = Arc<Cell<T, dyn Slot>>;

impl<T, K> Cell<T, K> {
    pub fn pending(task: K) -> Self {
        Self::new(Phase::Pending, None, task)
    }

    fn new(phase: Phase, result: Option<Result<T, Box<Error>>>, task: K) -> Self {
        let settled = result.is_some();
        let state = State { result, settled, blocked: 0, listener: Listener::None, callbacks: None };
        Self {
            phase: AtomicPhase::new(phase),
            state: Mutex::new(state),
            settled: Condvar::new(),
            task: std::sync::Mutex::new(task),
        }
    }
}

impl<T> Cell<T, ()> {
    pub fn finished(result: Result<T, Error>) -> Self {
        Self::new(Phase::of(&result), Some(result.map_err(Box::new)), ())
    }
}

impl<T, K: ?Sized> Cell<T, K> {
    /// From pending, or prefetched, to running. False, if the future was cancelled.
    pub fn start(&self) -> bool {
        self.phase.change(Phase::Pending, Phase::Running) || self.phase.change(Phase::Prefetched, Phase::Running)
    }

    /// From pending to prefetched. False, if the future was cancelled.
    pub fn prefetch(&self) -> bool {
        self.phase.change(Phase::Pending, Phase::Prefetched)
    }

    /// From running, or prefetched, back to pending.
    pub fn requeue(&self) {
        if !self.phase.change(Phase::Prefetched, Phase::Pending) {
            self.phase.change(Phase::Running, Phase::Pending);
        }
    }

    /// What `look` sees in the result, if there is one. The lock is held meanwhile.
    pub fn look<R>(&self, look: impl FnOnce(Result<&T, &Error>) -> R) -> Option<R> {
        let state = self.lock();
        if self.phase.get().is_done() { state.result().map(look) } else { None }
    }

    /// Waits until the future is finished, and returns a copy of its error.
    pub fn error(&self) -> Option<Error> {
        let state = self.wait(None, |_| self.phase.get().is_done())?;
        state.result()?.err().cloned()
    }

    /// Waits until the result may be taken, and takes it; `None` at the deadline.
    ///
    /// # Panics
    ///
    /// When it was taken before.
    pub fn take(&self, deadline: Option<Instant>) -> Option<Result<T, Error>> {
        let result = self.wait(deadline, |state| state.settled)?.result.take();
        let result = result.expect("the result of a future was asked for again after it had been taken");
        Some(result.map_err(|error| *error))
    }

    /// Tells the listener when the future is settled, instead of any earlier listener. False, if it is settled: then
    /// there is nothing to wait for.
    pub fn listen(&self, listener: Listener) -> bool {
        let mut state = self.lock();
        let listens = !state.settled;
        let earlier = std::mem::replace(&mut state.listener, if listens { listener } else { Listener::None });
        // A waker's drop is the user's code, which is not run with the lock held.
        drop(state);
        drop(earlier);
        listens
    }

    /// Adds a callback, unless the future is finished: then it is given back.
    pub fn add_callback(&self, callback: Callback<T>) -> Result<(), Callback<T>> {
        let mut state = self.lock();
        if self.phase.is_last() {
            return Err(callback);
        }
        state.callbacks.get_or_insert_with(|| Box::new(Callbacks(Vec::new()))).0.push(callback);
        Ok(())
    }

    /// True, if there is a waiter, a listener or a callback.
    #[cfg(test)]
    pub fn is_watched(&self) -> bool {
        let state = self.lock();
        state.blocked > 0 || !matches!(state.listener, Listener::None) || state.callbacks.is_some()
    }

    fn wait(&self, deadline: Option<Instant>, ready: impl Fn(&State<T>) -> bool) -> Option<MutexGuard<'_, State<T>>> {
        let mut state = self.lock();
        for _ in 0..YIELDS {
            if ready(&state) {
                return Some(state);
            }
            drop(state);
            yield_now();
            state = self.lock();
        }
        while !ready(&state) {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return None;
            }
            state.blocked += 1;
            state = match left {
                None => self.settled.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) => self.settled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
            state.blocked -= 1;
        }
        Some(state)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn result(&self) -> Option<Result<&T, &Error>> {
        self.result.as_ref().map(|result| result.as_ref().map_err(|error| &**error))
    }
}

/// Cancels the future of a task that has not started, and says whether it is cancelled now.
pub(crate) fn cancel<T>(cell: &Shared<T>) -> bool {
    for _ in 0..STEPS {
        if cell.phase.get() != Phase::Prefetched {
            break;
        }
        // It will soon be running, or finished, or pending again.
        thread::sleep(STEP);
    }
    let state = cell.lock();
    if cell.phase.change(Phase::Pending, Phase::Cancelled) {
        settle(cell, state, Err(Error::Cancelled), || ());
        guard::contained("the drop of a task", || cell.task.lock().unwrap_or_else(PoisonError::into_inner).clear());
        return true;
    }
    cell.phase.is_cancelled()
}

/// Finishes the future. False, if it was finished before, as by a cancellation.
///
/// `last` is called just before the result can be taken, with the lock held, so it must be brief.
pub(crate) fn finish<T>(cell: &Shared<T>, result: Result<T, Error>, last: impl FnOnce()) -> bool {
    let state = cell.lock();
    if cell.phase.is_last() {
        drop(state);
        guard::drop_contained("the drop of a result", result);
        return false;
    }
    settle(cell, state, result, last);
    true
}

fn settle<'a, T>(
    cell: &'a Shared<T>,
    mut state: MutexGuard<'a, State<T>>,
    result: Result<T, Error>,
    last: impl FnOnce(),
) {
    let callbacks = state.callbacks.take();
    cell.phase.end(Phase::of(&result), callbacks.is_some());
    state.result = Some(result.map_err(Box::new));
    if let Some(callbacks) = callbacks {
        drop(state);
        let future = Future::new(cell.clone());
        callbacks.0.into_iter().for_each(|callback| call(callback, &future));
        state = cell.lock();
        cell.phase.settle();
    }
    state.settled = true;
    last();
    let listener = std::mem::replace(&mut state.listener, Listener::None);
    let blocked = state.blocked > 0;
    drop(state);
    if blocked {
        cell.settled.notify_all();
    }
    match listener {
        Listener::None => {}
        Listener::Waker(waker) => guard::contained("a waker", || waker.wake()),
        Listener::Queue(queue, ticket) => queue.deliver(ticket),
    }
}

/// Calls a callback. Its panic ends nothing but the callback, and is reported.
pub(crate) fn call<T>(callback: Callback<T>, future: &Future<T>) {
    future.cell().phase.while_calling(|| {
        guard::contained(format_args!("a callback of {future:?}"), || callback(future));
    });
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{Promise, TimedOut, Until, as_completed, pair, wait};

    #[test]
    fn a_cell_is_small() {
        // A task of two words, two counts of the `Arc`, and the allocator's own word: two lines of the cache.
        let size = size_of::<super::Cell<u64, Option<[usize; 2]>>>() + 3 * size_of::<usize>();
        assert!(size <= 128, "it takes {size} bytes");
    }

    #[test]
    fn a_waiter_that_timed_out_leaves_nothing_registered() {
        let (promise, future) = pair::<u8>();
        let TimedOut(future) = future.result_timeout(Duration::from_millis(1)).expect_err("nothing is finished");
        assert!(!future.cell().is_watched());
        let future = wait([future], Until::All, Some(Duration::ZERO)).not_done.remove(0);
        assert!(!future.cell().is_watched());
        let mut late = as_completed([future]).timeout(Duration::ZERO);
        let future = late.next().expect("an error").expect_err("nothing is finished").futures.remove(0);
        assert!(!future.cell().is_watched());
        drop(promise);
    }

    #[test]
    fn an_iterator_that_is_abandoned_leaves_nothing_registered() {
        let (promises, futures): (Vec<Promise<u8>>, Vec<_>) = (0..3).map(|_| pair()).unzip();
        let cells: Vec<_> = futures.iter().map(|future| future.cell().clone()).collect();
        let completed = as_completed(futures);
        assert!(cells.iter().all(|cell| cell.is_watched()));
        drop(completed);
        assert!(!cells.iter().any(|cell| cell.is_watched()));
        drop(promises);
    }
}
