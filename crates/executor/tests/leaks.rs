//! What the pools leave behind: nothing. The counts are those of the whole process, so these tests run one after another.

#[expect(dead_code, unused_imports, reason = "other test programs need the rest")]
mod common;

use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{fs, thread};

use executor::{Error, Executor, Shutdown, ThreadPool, as_completed};
use libtest_mimic::{Arguments, Trial};
use rustix::process::{Pid, Signal, kill_process};

use common::{Forked, Gate, Probe, Spawned, Subject, Threads, in_time, pool};

/// What this process has.
#[derive(Debug)]
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

    fn exceeds(&self, before: &Self) -> bool {
        self.threads > before.threads || self.descriptors > before.descriptors || self.children > before.children
    }
}

/// Counts threads, descriptors and children before and after some rounds of a use of pools.
fn nothing_is_left_behind_by(use_it: fn(usize)) {
    // The first time may set something up for good.
    use_it(0);
    let before = Census::take();
    (0..10).for_each(use_it);
    // A thread that was joined, and a process that was reaped, can still be seen in /proc for a moment.
    let deadline = Instant::now() + Duration::from_secs(5);
    while Census::take().exceeds(&before) && Instant::now() < deadline {
        thread::yield_now();
    }
    // Fewer is no leak: what the first use left may have been seen in the first count. Ten rounds of a leak are ten more.
    let after = Census::take();
    assert!(!after.exceeds(&before), "{after:?} after {before:?}");
}

/// Uses a pool in every way, and ends it in this way or that.
fn use_a_pool<S: Subject>(round: usize) {
    let (pool, mut gate) = (pool::<S>(3), Gate::new());
    let held: Vec<_> = (0..9).map(|number| pool.submit(gate.hold(number))).collect();
    gate.arrivals(3);
    held[8].cancel();
    gate.open();
    let panicked = pool.submit(Probe::Panic("boom".to_owned()));
    let echoes = (0..20).map(|number| pool.submit(Probe::Echo(number)));
    assert_eq!(as_completed(echoes.chain(held).chain([panicked])).count(), 30);
    if round.is_multiple_of(2) {
        pool.shutdown(true, true);
    }
}

fn use_a_pool_whose_initializer_fails(_round: usize) {
    let pool = ThreadPool::builder().workers(3).initializer(|| Err("there is no licence".into())).build().unwrap();
    assert!(pool.map_tasks((0..10).map(|number| move || number)).all(|result| result.is_err()));
}

/// Kills all workers of a pool, which goes on with others.
fn lose_workers<S: Subject<Executor = executor::ProcessPool>>(_round: usize) {
    let (pool, mut gate) = (pool::<S>(3), Gate::new());
    let held: Vec<_> = (0..9).map(|number| pool.submit(gate.hold(number))).collect();
    gate.arrivals(3);
    for worker in pool.worker_ids() {
        let pid = Pid::from_raw(worker.cast_signed()).expect("no process has number 0");
        kill_process(pid, Signal::KILL).expect("failed to kill a worker");
    }
    gate.open();
    let ends = held.into_iter().map(|future| future.result());
    assert_eq!(ends.filter(|end| matches!(end, Err(Error::WorkerLost { .. }))).count(), 3);
}

fn trial<S: Subject>(name: &str, use_it: fn(usize)) -> Trial {
    Trial::test(format!("{}::nothing_is_left_behind_by_{name}", S::NAME), move || {
        in_time(|| nothing_is_left_behind_by(use_it));
        Ok(())
    })
}

fn main() -> ExitCode {
    // The workers of the process pools are this program, started again.
    if let Some(code) = executor::processes::enter(|tasks| _ = tasks.add::<Probe>()) {
        return code;
    }
    let trials = vec![
        trial::<Threads>("a_pool", use_a_pool::<Threads>),
        trial::<Threads>("an_initializer_that_fails", use_a_pool_whose_initializer_fails),
        trial::<Spawned>("a_pool", use_a_pool::<Spawned>),
        trial::<Spawned>("lost_workers", lose_workers::<Spawned>),
        trial::<Forked>("a_pool", use_a_pool::<Forked>),
        trial::<Forked>("lost_workers", lose_workers::<Forked>),
    ];
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials).exit_code()
}
