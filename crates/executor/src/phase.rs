//! How far a future is, readable without its lock.
//!
//! From outside a future is done when its result can be had, which is after its callbacks. A callback, which is called with it, sees
//! it done already (PEP 3148).

use std::cell::RefCell;
use std::ptr;

use crate::Error;
use crate::sync::{AtomicU8, Ordering, thread_local};

/// What `done`, `running`, `cancelled` and `Debug` say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Pending,
    /// On its way to a worker that still runs another task: pending to look at, but not to be cancelled.
    Prefetched,
    Running,
    Cancelled,
    Returned,
    /// Finished with an error of this kind: a place in [`Error::KINDS`].
    Raised(u8),
}

impl Phase {
    /// The phase of a future that has this result.
    pub fn of<T>(result: &Result<T, Error>) -> Self {
        match result {
            Ok(_) => Self::Returned,
            Err(Error::Cancelled) => Self::Cancelled,
            Err(error) => Self::Raised(error.kind()),
        }
    }

    pub fn is_done(self) -> bool {
        !matches!(self, Self::Pending | Self::Prefetched | Self::Running)
    }
}

/// A phase that several threads may look at.
pub(crate) struct AtomicPhase(AtomicU8);

/// Beside the last phase of a future, while its callbacks run.
const SETTLING: u8 = 1 << 7;

thread_local! {
    /// The futures whose callbacks this thread is calling, the innermost last.
    static CALLING: RefCell<Vec<usize>> = RefCell::default();
}

impl AtomicPhase {
    pub fn new(phase: Phase) -> Self {
        Self(AtomicU8::new(to_byte(phase)))
    }

    /// As the calling thread is to see it.
    pub fn get(&self) -> Phase {
        let byte = self.0.load(Ordering::Acquire);
        match from_byte(byte & !SETTLING) {
            last if byte & SETTLING == 0 || self.is_calling() => last,
            Phase::Cancelled => Phase::Pending,
            _ => Phase::Running,
        }
    }

    /// Whether there will be no other phase, whether it can be seen yet or not.
    pub fn is_last(&self) -> bool {
        self.last().is_done()
    }

    /// Whether the future is cancelled, whether that can be seen yet or not.
    pub fn is_cancelled(&self) -> bool {
        self.last() == Phase::Cancelled
    }

    fn last(&self) -> Phase {
        from_byte(self.0.load(Ordering::Acquire) & !SETTLING)
    }

    /// To its last phase; while callbacks have yet to be called, only they are to see it.
    pub fn end(&self, phase: Phase, settling: bool) {
        self.0.store(to_byte(phase) | if settling { SETTLING } else { 0 }, Ordering::Release);
    }

    /// The callbacks were called.
    pub fn settle(&self) {
        self.0.store(self.0.load(Ordering::Acquire) & !SETTLING, Ordering::Release);
    }

    /// Calls callbacks, which see the future done.
    pub fn while_calling<R>(&self, call: impl FnOnce() -> R) -> R {
        // A thread that has ended all but for its thread-locals' destructors has no such list; nor does it matter then.
        _ = CALLING.try_with(|calling| calling.borrow_mut().push(self.address()));
        let result = call();
        _ = CALLING.try_with(|calling| calling.borrow_mut().pop());
        result
    }

    fn is_calling(&self) -> bool {
        CALLING.try_with(|calling| calling.borrow().contains(&self.address())).unwrap_or_default()
    }

    fn address(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    /// From one phase to another, if it is the one. Of two that change it at once, one succeeds.
    pub fn change(&self, from: Phase, to: Phase) -> bool {
        self.0.compare_exchange(to_byte(from), to_byte(to), Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

fn from_byte(byte: u8) -> Phase {
    match byte {
        0 => Phase::Pending,
        1 => Phase::Running,
        2 => Phase::Cancelled,
        3 => Phase::Returned,
        4 => Phase::Prefetched,
        byte => Phase::Raised(byte - 5),
    }
}

fn to_byte(phase: Phase) -> u8 {
    match phase {
        Phase::Pending => 0,
        Phase::Running => 1,
        Phase::Cancelled => 2,
        Phase::Returned => 3,
        Phase::Prefetched => 4,
        Phase::Raised(kind) => 5 + kind,
    }
}
