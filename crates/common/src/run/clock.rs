//! Time as every process of a run reads it.

use std::{fs, sync::OnceLock, time::Duration};

use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// A stopwatch that can be handed to another process: both read the system's monotonic clock, so their times are comparable. On another
/// machine it goes by the time of day there, and so is right as far as both machines have that right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Sent", from = "Sent")]
pub struct Clock {
    started: Duration,
}

/// A clock on its way.
#[derive(Serialize, Deserialize)]
struct Sent {
    started: Duration,
    /// Whose monotonic clock that is.
    boot: u64,
    /// The time of day when it started.
    time_of_day: Duration,
}

impl From<Clock> for Sent {
    fn from(clock: Clock) -> Self {
        Self { started: clock.started, boot: boot(), time_of_day: time_of_day().saturating_sub(clock.elapsed()) }
    }
}

impl From<Sent> for Clock {
    fn from(sent: Sent) -> Self {
        let ago = || time_of_day().saturating_sub(sent.time_of_day);
        let is_ours = sent.boot == boot();
        Self { started: if is_ours { sent.started } else { monotonic().saturating_sub(ago()) } }
    }
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

fn time_of_day() -> Duration {
    clock_gettime(ClockId::CLOCK_REALTIME).expect("Linux knows the time").into()
}

/// What tells this start of this machine from any other. Without `/proc` there is nothing to tell them by.
fn boot() -> u64 {
    static BOOT: OnceLock<u64> = OnceLock::new();
    *BOOT.get_or_init(|| {
        let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        u64::from_str_radix(&id.replace('-', "").chars().take(16).collect::<String>(), 16).unwrap_or_default()
    })
}

/// The processor time that the calling thread has used, in microseconds.
pub(crate) fn thread_cpu_micros() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("Linux counts each thread's time");
    Duration::from(time).as_micros() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_the_same_in_another_process_and_goes_by_the_time_of_day_on_another_machine() {
        let clock = Clock { started: monotonic() - Duration::from_secs(5) };
        let mut sent = Sent::from(clock);
        assert_eq!(Clock::from(Sent { ..sent }), clock);
        (sent.boot, sent.started) = (sent.boot ^ 1, Duration::from_secs(1 << 40));
        let there = Clock::from(sent).elapsed();
        assert!((Duration::from_millis(4900)..Duration::from_secs(60)).contains(&there), "{there:?}");
    }
}
