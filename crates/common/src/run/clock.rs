//! Time as every process of a run reads it.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// A stopwatch that can be handed to another process: both read the system's monotonic clock, so their times are comparable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    started: Duration,
}

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self { started: monotonic() }
    }

    /// The time since the start.
    pub fn elapsed(self) -> Duration {
        monotonic().saturating_sub(self.started)
    }

    /// The time since the start, in whole microseconds.
    pub fn micros(self) -> u64 {
        self.elapsed().as_micros() as u64
    }
}

fn monotonic() -> Duration {
    clock_gettime(ClockId::CLOCK_MONOTONIC).expect("Linux has a monotonic clock").into()
}

/// The processor time that the calling thread has used, in microseconds.
pub(crate) fn thread_cpu_micros() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("Linux counts each thread's time");
    Duration::from(time).as_micros() as u64
}
