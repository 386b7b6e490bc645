//! What a client is doing, so that one that takes too long can be cut off.

use crate::Limits;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What a client is doing, and since when.
///
/// hyper's own timer for heads also runs while a connection idles between two requests, where we
/// want to wait for longer, and it costs an allocation a request.
pub struct Activity {
    opened: Instant,
    /// Milliseconds since `opened`, times 4, plus the phase: one number, so that it is one store.
    state: AtomicU64,
}

/// What a client is doing.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Phase {
    /// It has not begun a request, or is still taking our last response.
    Idle = 0,
    /// It has sent a part of a request's head.
    Asking = 1,
    /// It waits for us.
    Waiting = 2,
}

impl Activity {
    pub fn new() -> Activity {
        Activity { opened: Instant::now(), state: AtomicU64::new(Phase::Idle as u64) }
    }

    /// Notes that a phase begins now, or that its clock starts again.
    pub fn begin(&self, phase: Phase) {
        let now = self.opened.elapsed().as_millis() as u64;
        self.state.store(now * 4 + phase as u64, Relaxed);
    }

    /// Whether it is in this phase now.
    pub fn is(&self, phase: Phase) -> bool {
        self.state.load(Relaxed) % 4 == phase as u64
    }

    /// Returns when the client has taken longer than it may.
    pub async fn overdue(&self, limits: Limits) {
        loop {
            let now = Instant::now();
            let since = self.opened + Duration::from_millis(self.state.load(Relaxed) / 4);
            let deadline = if self.is(Phase::Waiting) {
                now + limits.idle
            } else if self.is(Phase::Asking) {
                since + limits.head
            } else {
                since + limits.idle
            };
            if deadline <= now {
                return;
            }
            // The phase can change while we sleep, so we look again well before the head's time.
            sleep_until(deadline.min(now + limits.head / 4)).await;
        }
    }
}
