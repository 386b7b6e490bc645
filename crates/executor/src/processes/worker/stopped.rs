//! Workers that a signal has stopped: SIGSTOP, which no process can refuse. Their tasks would never end.
//!
//! The kernel tells of a stop by SIGCHLD alone, and that signal is the program's own. So the pool looks now and then, and
//! counts looks rather than time: a terminal's Ctrl-Z stops the pool together with its workers, and a pool that is stopped
//! does not look.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::process::{WaitId, WaitIdOptions, waitid};

use crate::processes::worker::exit::signal_name;

/// How long it is from one look at a worker to the next, while it has something to do.
const STEP: Duration = Duration::from_millis(100);

/// So many looks in a row may find a worker stopped.
const LOOKS: u32 = 10;

/// Looks after a worker.
pub(crate) struct Lookout {
    /// When the next look is due.
    pub next: Instant,
    /// The signal that has stopped it, and how many looks ago.
    stopped: Option<(i32, u32)>,
}

impl Lookout {
    pub fn new(now: Instant) -> Self {
        Self { next: now + STEP, stopped: None }
    }

    /// There was nothing to look at before.
    pub fn begin(&mut self, now: Instant) {
        self.next = now + STEP;
    }

    /// Looks at the worker, and says what was wrong with it if it was stopped for too long.
    pub fn look(&mut self, pidfd: BorrowedFd<'_>, now: Instant) -> Option<String> {
        self.begin(now);
        // Each change is told once. So whoever stops and continues a worker by turns (to slow it down, say) is never counted far.
        let changes = WaitIdOptions::STOPPED | WaitIdOptions::CONTINUED | WaitIdOptions::NOHANG;
        while let Ok(Some(change)) = waitid(WaitId::PidFd(pidfd), changes) {
            self.stopped = change.stopping_signal().map(|signal| (signal, 0));
        }
        let (signal, looks) = self.stopped.as_mut()?;
        *looks += 1;
        (*looks > LOOKS).then(|| {
            let patience = STEP * LOOKS;
            format!("stopped by {}, and killed when it had not gone on for {patience:?}", signal_name(*signal))
        })
    }
}
