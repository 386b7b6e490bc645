//! An end for tests that would not end.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use std::{fs, process, thread};

/// No case takes a tenth of this, even on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// Runs a test case. If it does not end in time, says which threads there are and what they wait for, and ends the
/// whole test program: a dead-lock must not look like a slow machine.
pub fn in_time(case: impl FnOnce()) {
    let (done, ended) = channel::<()>();
    let name = thread::current().name().unwrap_or("a test").to_owned();
    let guard = thread::Builder::new().name("guard".to_owned()).spawn(move || {
        if ended.recv_timeout(DEADLINE) == Err(RecvTimeoutError::Timeout) {
            eprintln!("{name} has not ended after {DEADLINE:?}; the threads:\n{}", threads());
            process::abort();
        }
    });
    case();
    // Also when the case panics, the guard hears that the sender is dropped.
    drop(done);
    let _ = guard.map(thread::JoinHandle::join);
}

/// What the threads of this process are doing.
fn threads() -> String {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks
        .map(|task| {
            let read = |file| fs::read_to_string(task.path().join(file)).unwrap_or_default();
            format!("  {} {} in {}\n", task.file_name().display(), read("comm").trim(), read("wchan").trim())
        })
        .collect()
}
