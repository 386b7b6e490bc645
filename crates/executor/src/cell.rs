//! The cell that a future and its executor share.
//!
//! Everything is behind one lock, which nobody holds while anybody's code runs. Whoever waits leaves a note in the
//! cell, so that a future that nobody waits for costs no wake-up (a system call) when it is finished.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::inbox::Inbox;
use crate::{Error, Future, job};

/// In what steps, and how many, a cancellation waits for a task that was handed over to be begun or taken back.
const STEP: Duration = Duration::from_micros(50);
const STEPS: usize = 40;

/// Called with the finished future.
pub(crate) type Callback<T> = Box<dyn FnOnce(&Future<T>) + Send>;

/// The state of a future, and (so that one allocation is enough) the task `K` while it has not started.
pub(crate) struct Cell<T, K: ?Sized> {
    state: Mutex<State<T>>,
    /// Signalled when the future is settled, if `state.blocked`.
    settled: Condvar,
    /// Whoever moves the stage on from `Pending` takes the task out, so this lock is never contended.
    pub task: Mutex<K>,
}

struct State<T> {
    stage: Stage<T>,
    /// Threads that wait for `settled`.
    blocked: usize,
    listener: Listener,
    callbacks: Vec<Callback<T>>,
}

/// How far a future has come.
pub(crate) enum Stage<T> {
    Pending,
    /// On its way to a worker: still pending to look at, but not to be cancelled.
    Handed,
    Running,
    /// Finished, and its callbacks are being called: they may look at the result, so nobody may take it yet.
    Calling(Result<T, Error>),
    /// Finished: the owner may take the result.
    Settled(Result<T, Error>),
    /// Finished, and the owner has taken the result.
    Taken,
}

/// Whom the owner of the future wants told, besides the threads that block.
pub(crate) enum Listener {
    Nobody,
    /// An async task that polled the future.
    Waker(Waker),
    /// The inbox of an `as_completed` or a `wait`, and the future's ticket there.
    Inbox(Arc<Inbox>, usize),
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
    pub fn new(stage: Stage<T>, task: K) -> Self {
        let state = State { stage, blocked: 0, listener: Listener::Nobody, callbacks: Vec::new() };
        Self { state: Mutex::new(state), settled: Condvar::new(), task: Mutex::new(task) }
    }
}

impl<T, K: ?Sized> Cell<T, K> {
    /// From pending to running. False, if the future was cancelled.
    pub fn start(&self) -> bool {
        self.advance(Stage::Running)
    }

    /// From pending to handed over. False, if the future was cancelled.
    pub fn hand_over(&self) -> bool {
        self.advance(Stage::Handed)
    }

    fn advance(&self, to: Stage<T>) -> bool {
        let mut state = self.lock();
        let unfinished = !state.stage.is_finished();
        if unfinished {
            state.stage = to;
        }
        unfinished
    }

    /// Back to pending.
    pub fn put_back(&self) {
        self.advance(Stage::Pending);
    }

    /// What `look` sees in the stage. It must not come back to this future: the lock is held.
    pub fn stage<R>(&self, look: impl FnOnce(&Stage<T>) -> R) -> R {
        look(&self.lock().stage)
    }

    /// Waits until `ready` with the stage, or the deadline; then does `then` with it.
    pub fn wait<R>(
        &self,
        deadline: Option<Instant>,
        ready: impl Fn(&Stage<T>) -> bool,
        then: impl FnOnce(&mut Stage<T>) -> R,
    ) -> Option<R> {
        let mut state = self.lock();
        while !ready(&state.stage) {
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
        Some(then(&mut state.stage))
    }

    /// Tells the listener when the future is settled, instead of any earlier listener. False, if it already is:
    /// then the listener is told nothing.
    pub fn listen(&self, listener: Listener) -> bool {
        let mut state = self.lock();
        let settled = matches!(state.stage, Stage::Settled(_) | Stage::Taken);
        state.listener = if settled { Listener::Nobody } else { listener };
        !settled
    }

    /// Adds a callback, unless the future is finished: then it is given back.
    pub fn add_callback(&self, callback: Callback<T>) -> Result<(), Callback<T>> {
        let mut state = self.lock();
        if state.stage.is_finished() {
            return Err(callback);
        }
        state.callbacks.push(callback);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Stage<T> {
    pub fn is_finished(&self) -> bool {
        !matches!(self, Self::Pending | Self::Handed | Self::Running)
    }

    /// The result, if there is one to see.
    pub fn result(&self) -> Option<&Result<T, Error>> {
        match self {
            Self::Calling(result) | Self::Settled(result) => Some(result),
            Self::Pending | Self::Handed | Self::Running | Self::Taken => None,
        }
    }
}

/// Cancels the future of a pending task. False, if it has started.
pub(crate) fn cancel<T>(cell: &Shared<T>) -> bool {
    let mut state = cell.lock();
    let mut patience = STEPS;
    while matches!(state.stage, Stage::Handed) && patience > 0 {
        // It will soon be running, or finished, or pending again.
        drop(state);
        std::thread::sleep(STEP);
        patience -= 1;
        state = cell.lock();
    }
    match state.stage {
        Stage::Pending => {}
        Stage::Calling(Err(Error::Cancelled)) | Stage::Settled(Err(Error::Cancelled)) => {
            return true;
        }
        _ => return false,
    }
    settle(cell, state, Err(Error::Cancelled), || ());
    cell.task.lock().unwrap_or_else(PoisonError::into_inner).clear();
    true
}

/// Finishes the future; `last` is called just before anybody can have the result. False, if it was cancelled.
pub(crate) fn finish<T>(cell: &Shared<T>, result: Result<T, Error>, last: impl FnOnce()) -> bool {
    let state = cell.lock();
    if state.stage.is_finished() {
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
    if state.callbacks.is_empty() {
        state.stage = Stage::Settled(result);
    } else {
        let callbacks = std::mem::take(&mut state.callbacks);
        state.stage = Stage::Calling(result);
        drop(state);
        let future = Future::new(cell.clone());
        for callback in callbacks {
            call(callback, &future);
        }
        state = cell.lock();
        if let Stage::Calling(result) = std::mem::replace(&mut state.stage, Stage::Taken) {
            state.stage = Stage::Settled(result);
        }
    }
    last();
    let listener = std::mem::replace(&mut state.listener, Listener::Nobody);
    let blocked = state.blocked > 0;
    drop(state);
    if blocked {
        cell.settled.notify_all();
    }
    match listener {
        Listener::Nobody => {}
        Listener::Waker(waker) => waker.wake(),
        Listener::Inbox(inbox, ticket) => inbox.deliver(ticket),
    }
}

/// Calls a callback. Its panic ends nothing but the callback, and is reported here, for there is nobody to tell.
pub(crate) fn call<T>(callback: Callback<T>, future: &Future<T>) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| callback(future))) {
        eprintln!("a callback of {future:?} panicked: {}", job::message(&*panic));
    }
}
