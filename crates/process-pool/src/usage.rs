//! What the workers used up.

use std::iter::Sum;
use std::ops::Add;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde::{Deserialize, Serialize};

/// What a process used up, or several together.
///
/// Each worker reports its own when it ends in peace, so one that is killed is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The largest resident set, in KiB: `VmHWM`. Not `ru_maxrss`, which begins at the parent's.
    pub peak_memory_kib: u64,
    /// Processor time in the program.
    pub user: Duration,
    /// Processor time in the kernel.
    pub system: Duration,
    /// How often it gave up the processor to wait.
    pub voluntary_switches: u64,
    /// How often the processor was taken from it.
    pub involuntary_switches: u64,
}

impl Usage {
    /// What this process has used up so far; what the system does not tell is 0.
    pub fn of_this_process() -> Self {
        let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else {
            return Self::default();
        };
        Self {
            peak_memory_kib: peak_memory_kib().unwrap_or(0),
            user: duration(usage.user_time()),
            system: duration(usage.system_time()),
            voluntary_switches: usage.voluntary_context_switches().try_into().unwrap_or(0),
            involuntary_switches: usage.involuntary_context_switches().try_into().unwrap_or(0),
        }
    }

    /// Two processes of which one came after the other: the memory is that of the larger.
    pub(crate) fn then(self, next: Self) -> Self {
        Self {
            peak_memory_kib: self.peak_memory_kib.max(next.peak_memory_kib),
            ..self + next
        }
    }
}

/// Two processes side by side.
impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            peak_memory_kib: self.peak_memory_kib + other.peak_memory_kib,
            user: self.user + other.user,
            system: self.system + other.system,
            voluntary_switches: self.voluntary_switches + other.voluntary_switches,
            involuntary_switches: self.involuntary_switches + other.involuntary_switches,
        }
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        usages.fold(Self::default(), Self::add)
    }
}

/// Reads `VmHWM:      1234 kB`.
fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

fn duration(time: TimeVal) -> Duration {
    let (seconds, micros) = (
        time.tv_sec().try_into().unwrap_or(0),
        time.tv_usec().try_into().unwrap_or(0),
    );
    Duration::new(seconds, 0) + Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_added_side_by_side_and_not_one_after_another() {
        let small = Usage {
            peak_memory_kib: 10,
            voluntary_switches: 1,
            ..Usage::default()
        };
        let large = Usage {
            peak_memory_kib: 30,
            voluntary_switches: 2,
            ..Usage::default()
        };
        assert_eq!(
            [small, large].into_iter().sum::<Usage>().peak_memory_kib,
            40
        );
        assert_eq!(small.then(large).peak_memory_kib, 30);
        assert_eq!(small.then(large).voluntary_switches, 3);
    }

    #[test]
    fn this_process_has_used_memory() {
        assert!(Usage::of_this_process().peak_memory_kib > 100);
    }
}
