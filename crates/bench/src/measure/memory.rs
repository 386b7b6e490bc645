//! The memory of a program that does not tell: looked up in `/proc` while it runs, which is only done in round 0, where
//! no time counts.

use std::fs;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// How often is looked. A process that lives shorter than this may never be seen.
const TICK: Duration = Duration::from_millis(2);

/// Looks at the process group until `ended` is dropped; the most that its living processes had at one time, each counted
/// with its own peak, in KiB. None if it was over before the first look.
pub fn peak_kib(group: i32, ended: &Receiver<()>) -> Option<u64> {
    let mut peak = None;
    while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(TICK) {
        peak = peak.max(members(group).filter_map(high_water_kib).reduce(|a, b| a + b));
    }
    peak
}

/// The living processes of a process group.
fn members(group: i32) -> impl Iterator<Item = i32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    ids.filter(move |id| group_of(*id) == Some(group))
}

/// The process group of a process, from the third field behind its name, which may have spaces and brackets itself.
fn group_of(id: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(2)?.parse().ok()
}

/// The most memory that a process had so far.
fn high_water_kib(id: i32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
