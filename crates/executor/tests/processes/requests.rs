//! What is on its way: large requests and replies, and small ones that wait in the channel.

use std::sync::mpsc;
use std::time::Duration;

use crate::common::{Answer, Gate, Probe};
use executor::{Executor, Future};
use libtest_mimic::Trial;
use rustix::process::Signal;

use crate::support::{eventually, how_lost, pid, pool, said, send};
use crate::tasks::{Act, Blob};

const MIB: usize = 1024 * 1024;

pub fn trials() -> Vec<Trial> {
    crate::trials![
        a_crash_with_more_than_a_pipe_holds_behind_it_costs_one_task,
        a_result_of_100_mb_passes,
        a_task_behind_a_slow_one_goes_to_another_worker,
        a_worker_may_die_while_it_reads,
        a_worker_may_die_while_it_writes,
        much_data_passes_both_ways_at_once,
        submitting_goes_on_while_the_pool_is_held_up,
        what_waits_behind_a_slow_task_can_be_cancelled,
        what_waits_behind_a_slow_task_can_be_cancelled_if_those_before_were_not_tiny,
        what_waits_behind_a_task_that_dies_is_not_lost,
    ]
}

fn a_result_of_100_mb_passes() {
    let pool = pool(1);
    let blob = pool.submit(Blob(vec![7; 100_000_000])).result().unwrap();
    assert!(blob.0.len() == 100_000_000 && blob.0.iter().all(|byte| *byte == 7));
}

fn much_data_passes_both_ways_at_once() {
    let pool = pool(2);
    // While a worker writes 64 MiB back, it does not read; and the next 64 MiB are waiting for it.
    let blobs: Vec<_> = (0..4).map(|n| pool.submit(Blob(vec![n; 64 * MIB]))).collect();
    for (n, blob) in (0..).zip(blobs) {
        let blob = blob.result().unwrap();
        assert!(blob.0.len() == 64 * MIB && blob.0.iter().all(|byte| *byte == n));
    }
}

fn a_worker_may_die_while_it_reads() {
    let pool = pool(1);
    let worker = pid(&pool);
    send(worker, Signal::STOP);
    let large = pool.submit(Blob(vec![1; 4 * MIB]));
    let next = pool.submit(Blob(vec![2; MIB]));
    eventually("the first request is on its way", || large.running());
    send(worker, Signal::CONT);
    send(worker, Signal::KILL);
    // Whether it had begun to read is not known: then the task is lost with it; otherwise another worker runs it.
    if let Err(error) = large.result().map(drop) {
        assert!(error.to_string().contains("killed by SIGKILL"), "{error}");
    }
    assert_eq!(next.result().unwrap().0.len(), MIB);
}

fn a_worker_may_die_while_it_writes() {
    let pool = pool(1);
    let worker = pid(&pool);
    let (release, held) = mpsc::channel::<()>();
    let (entered, has_entered) = mpsc::channel();
    // While the callback does not return, the pool does not read what the workers write.
    let first = pool.submit(Act::Sleep(Duration::from_millis(50)));
    first.add_done_callback(move |_| {
        entered.send(()).unwrap();
        let _ = held.recv();
    });
    let large = pool.submit(Blob(vec![1; 4 * MIB]));
    has_entered.recv().unwrap();
    drop(release);
    // The worker now reads, and then writes: at some moment of that it is killed.
    send(worker, Signal::KILL);
    if let Err(error) = large.result().map(drop) {
        assert!(error.to_string().contains("killed by SIGKILL"), "{error}");
    }
    pid(&pool);
}

fn a_crash_with_more_than_a_pipe_holds_behind_it_costs_one_task() {
    let pool = pool(1);
    let lost = pool.submit(Act::Abort);
    let blobs: Vec<_> = (0..200).map(|n| pool.submit(Blob(vec![n; 1000]))).collect();
    assert!(how_lost(lost).starts_with("killed by SIGABRT"));
    for (n, blob) in (0..).zip(blobs) {
        assert_eq!(blob.result().unwrap().0, vec![n; 1000]);
    }
}

/// Many tiny tasks, which let the pool send ahead; then one that is held, and many tiny ones behind it.
fn held_among_tiny(pool: &executor::processes::ProcessPool, held: Probe) -> (Future<Answer>, Vec<Future<Answer>>) {
    let tiny = |number| pool.submit(Probe::Echo(number));
    let before: Vec<_> = (0..2000).map(tiny).collect();
    let held = pool.submit(held);
    let after = (0..2000).map(tiny).collect();
    assert!(before.into_iter().all(|future| future.result().is_ok()));
    (held, after)
}

fn a_task_behind_a_slow_one_goes_to_another_worker() {
    let (pool, mut gate) = (pool(2), Gate::new());
    let (held, after) = held_among_tiny(&pool, gate.hold(1));
    gate.arrival();
    assert!(after.into_iter().all(|future| future.result().is_ok()));
    assert!(held.running());
    gate.open();
    assert_eq!(held.result(), Ok(Ok(1)));
}

fn what_waits_behind_a_slow_task_can_be_cancelled() {
    let (pool, mut gate) = (pool(1), Gate::new());
    let (held, after) = held_among_tiny(&pool, gate.hold(1));
    gate.arrival();
    assert!(after.iter().all(Future::cancel));
    gate.open();
    assert_eq!(held.result(), Ok(Ok(1)));
    pid(&pool);
}

fn what_waits_behind_a_slow_task_can_be_cancelled_if_those_before_were_not_tiny() {
    let (pool, mut gate) = (pool(1), Gate::new());
    let before: Vec<_> = (0..20).map(|_| pool.submit(Act::Sleep(Duration::from_micros(600)))).collect();
    let held = pool.submit(gate.hold(1));
    let after: Vec<_> = (0..20).map(|_| pool.submit(Act::Pid)).collect();
    assert!(before.into_iter().all(|future| future.result().is_ok()));
    gate.arrival();
    assert!(after.iter().all(Future::cancel));
    gate.open();
    assert_eq!(held.result(), Ok(Ok(1)));
}

fn what_waits_behind_a_task_that_dies_is_not_lost() {
    let (pool, mut gate) = (pool(1), Gate::new());
    let (held, after) = held_among_tiny(&pool, gate.hold(1));
    gate.arrival();
    send(pool.worker_ids()[0], Signal::KILL);
    assert_eq!(how_lost(held), "killed by SIGKILL");
    for (number, future) in (0..).zip(after) {
        assert_eq!(future.result(), Ok(Ok(number)));
    }
}

fn submitting_goes_on_while_the_pool_is_held_up() {
    let pool = pool(1);
    let (release, held) = mpsc::channel::<()>();
    pool.submit(Act::Pid).add_done_callback(move |_| {
        let _ = held.recv();
    });
    let futures: Vec<_> = (0..20_000).map(|n| pool.submit(Probe::Echo(n))).collect();
    drop(release);
    assert!(futures.into_iter().all(|future| future.result().is_ok()));
    said(pool.submit(Act::Pid));
}
