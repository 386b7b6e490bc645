//! What a run costs: processor time, context switches, memory; of all its processes.

use std::{fs::File, io::Read, ops::AddAssign};

use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};

/// The resources that one or more processes have used.
///
/// ```
/// use executor::processes::Usage;
///
/// let mut usage = Usage::of_this_process();
/// assert_eq!(usage.processes, 1);
/// usage += usage;
/// assert_eq!(usage.processes, 2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Processor time in the programs' own code, in microseconds.
    pub cpu_user_us: u64,
    /// Processor time in the system on their behalf, in microseconds.
    pub cpu_system_us: u64,
    /// How often they gave up a processor to wait.
    pub voluntary_switches: u64,
    /// How often a processor was taken from them.
    pub involuntary_switches: u64,
    /// The sum of each process's largest resident memory, in KiB.
    pub peak_memory_kib: u64,
    /// How many processes these are.
    pub processes: u64,
}

impl Usage {
    /// What this process has used up to now, with all its threads.
    ///
    /// The memory is the process's own `VmHWM`: what `getrusage` says of it for children is only the largest single one of them,
    /// and never less than what their parent had. Without `/proc` there is nothing better.
    pub fn of_this_process() -> Self {
        let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask what it used itself");
        let micros = |time: nix::sys::time::TimeVal| (time.tv_sec() * 1_000_000 + time.tv_usec()) as u64;
        Self {
            cpu_user_us: micros(usage.user_time()),
            cpu_system_us: micros(usage.system_time()),
            voluntary_switches: usage.voluntary_context_switches() as u64,
            involuntary_switches: usage.involuntary_context_switches() as u64,
            peak_memory_kib: peak_memory_kib().unwrap_or(usage.max_rss() as u64),
            processes: 1,
        }
    }

    /// This process and then `next`, which took its place: the memory is that of the larger.
    pub fn then(mut self, next: Self) -> Self {
        let peak_memory_kib = self.peak_memory_kib.max(next.peak_memory_kib);
        self += next;
        Self { peak_memory_kib, ..self }
    }
}

impl AddAssign for Usage {
    /// Adds another process, side by side with this one.
    fn add_assign(&mut self, other: Self) {
        self.cpu_user_us += other.cpu_user_us;
        self.cpu_system_us += other.cpu_system_us;
        self.voluntary_switches += other.voluntary_switches;
        self.involuntary_switches += other.involuntary_switches;
        self.peak_memory_kib += other.peak_memory_kib;
        self.processes += other.processes;
    }
}

fn peak_memory_kib() -> Option<u64> {
    // In one read: the system writes the whole text anew for each, and every worker of a process pool waits for it at its end.
    let mut status = [0; 4096];
    let length = File::open("/proc/self/status").and_then(|mut file| file.read(&mut status)).ok()?;
    String::from_utf8_lossy(&status[..length])
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_added_side_by_side_and_not_one_after_another() {
        let small = Usage { peak_memory_kib: 10, voluntary_switches: 1, processes: 1, ..Usage::default() };
        let large = Usage { peak_memory_kib: 30, voluntary_switches: 2, processes: 1, ..Usage::default() };
        let mut both = small;
        both += large;
        assert_eq!((both.peak_memory_kib, both.voluntary_switches, both.processes), (40, 3, 2));
        assert_eq!((small.then(large).peak_memory_kib, small.then(large).voluntary_switches), (30, 3));
    }

    #[test]
    fn a_process_sees_its_own_peak_memory_grow() {
        let before = Usage::of_this_process();
        let block = std::hint::black_box(vec![1u8; 64 << 20]);
        let after = Usage::of_this_process();
        drop(block);
        assert!(before.peak_memory_kib > 0);
        assert!(after.peak_memory_kib >= before.peak_memory_kib.max(64 << 10));
    }
}
