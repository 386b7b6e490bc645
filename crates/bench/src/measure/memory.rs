//! The memory of a program that does not tell: looked up in `/proc` while it runs, which is only done in round 0, where
//! no time counts.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use procfs::process::{Process, all_processes};

/// How often is looked. A process that lives shorter than this may never be seen.
const TICK: Duration = Duration::from_millis(2);

/// Looks at the process group until `ended` is dropped; the most that its living processes had at one time, each counted
/// with its own peak, in KiB. None if it was over before the first look.
pub fn peak_kib(group: i32, ended: &Receiver<()>) -> Option<u64> {
    let mut peak = None;
    while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(TICK) {
        let processes = all_processes().into_iter().flatten().flatten();
        let members = processes.filter(|process| process.stat().is_ok_and(|stat| stat.pgrp == group));
        peak = peak.max(members.filter_map(high_water_kib).reduce(|a, b| a + b));
    }
    peak
}

/// The most memory that a process had so far.
fn high_water_kib(process: Process) -> Option<u64> {
    process.status().ok()?.vmhwm
}
