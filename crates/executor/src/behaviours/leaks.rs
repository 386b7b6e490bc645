//! What a pool leaves behind: nothing. The counts are those of the whole process, so this is a test program of its
//! own, with a single test.

use std::time::{Duration, Instant};
use std::{fs, thread};

use super::{Gate, Probe, Subject, echo, pool};
use crate::{Executor, Shutdown, as_completed};

/// What this process has.
#[derive(Debug, PartialEq, Eq)]
struct Census {
    threads: usize,
    descriptors: usize,
    children: usize,
}

impl Census {
    fn take() -> Self {
        let count = |folder: &str| fs::read_dir(folder).map_or(0, Iterator::count);
        // A child is in the list of the thread that started it, as long as it is not reaped.
        let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        Self {
            threads: count("/proc/self/task"),
            descriptors: count("/proc/self/fd"),
            children: children.map(|list| list.split_whitespace().count()).sum(),
        }
    }
}

/// Uses pools in every way, ends them in every way, and counts threads, descriptors and children before and after.
pub fn nothing_is_left_behind<S: Subject>() {
    nothing_is_left_behind_by(|round| use_a_pool::<S>(round % 2 == 0));
}

/// Counts threads, descriptors and children before and after some rounds of whatever it is.
pub fn nothing_is_left_behind_by(use_it: impl Fn(usize)) {
    // The first time may set something up for good.
    use_it(0);
    let before = Census::take();
    (0..10).for_each(use_it);
    // A thread that was joined, and a process that was reaped, can still be seen in /proc for a moment.
    let deadline = Instant::now() + Duration::from_secs(5);
    while Census::take() != before && Instant::now() < deadline {
        thread::yield_now();
    }
    assert_eq!(Census::take(), before);
}

fn use_a_pool<S: Subject>(explicit: bool) {
    let (pool, mut gate) = (pool::<S>(3), Gate::new());
    let held: Vec<_> = (0..9).map(|number| pool.submit(gate.hold(number).into())).collect();
    gate.arrivals(3);
    held[8].cancel();
    gate.open();
    let panicked = pool.submit(Probe::Panic("boom".to_owned()).into());
    let echoes = (0..20).map(|number| pool.submit(echo::<S>(number)));
    assert_eq!(as_completed(echoes.chain(held).chain([panicked])).count(), 30);
    if explicit {
        pool.shutdown(true, true);
    }
}
