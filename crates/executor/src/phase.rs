//! How far a future is, readable without its lock.

use crate::Error;
use crate::sync::{AtomicU8, Ordering};

/// What `done`, `running`, `cancelled` and `Debug` say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Pending,
    /// On its way to a worker that still runs another task: pending to look at, but not to be cancelled.
    HandedOver,
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
        !matches!(self, Self::Pending | Self::HandedOver | Self::Running)
    }
}

/// A phase that several threads may look at.
pub(crate) struct AtomicPhase(AtomicU8);

impl AtomicPhase {
    pub fn new(phase: Phase) -> Self {
        Self(AtomicU8::new(to_byte(phase)))
    }

    pub fn get(&self) -> Phase {
        match self.0.load(Ordering::Acquire) {
            0 => Phase::Pending,
            1 => Phase::Running,
            2 => Phase::Cancelled,
            3 => Phase::Returned,
            4 => Phase::HandedOver,
            byte => Phase::Raised(byte - 5),
        }
    }

    /// From one phase to another, if it is the one. Of two that change it at once, one succeeds.
    pub fn change(&self, from: Phase, to: Phase) -> bool {
        self.0.compare_exchange(to_byte(from), to_byte(to), Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    pub fn set(&self, phase: Phase) {
        self.0.store(to_byte(phase), Ordering::Release);
    }
}

fn to_byte(phase: Phase) -> u8 {
    match phase {
        Phase::Pending => 0,
        Phase::Running => 1,
        Phase::Cancelled => 2,
        Phase::Returned => 3,
        Phase::HandedOver => 4,
        Phase::Raised(kind) => 5 + kind,
    }
}
