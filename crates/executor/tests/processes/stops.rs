//! Stopping workers, also those that do not want to stop.

use crate::common::Gate;
use executor::{Error, Executor};
use libtest_mimic::Trial;

use crate::support::{eventually, how_lost, is_gone, pool, said};
use crate::tasks::Act;

pub fn trials() -> Vec<Trial> {
    crate::trials![
        a_pool_can_be_stopped_again_and_again,
        a_worker_that_will_not_end_does_not_hold_up_the_shutdown,
        killed_workers_finish_nothing,
        terminated_workers_finish_nothing,
        workers_that_are_dead_or_not_started_can_be_killed,
    ]
}

fn killed_workers_finish_nothing() {
    let (pool, mut gate) = (pool(2), Gate::new());
    let held: Vec<_> = (0..6).map(|number| pool.submit(gate.hold(number))).collect();
    let started = gate.arrivals(2);
    let workers = pool.worker_ids();
    pool.kill_workers();
    for (number, future) in (0..).zip(held) {
        if started.contains(&number) {
            assert_eq!(how_lost(future), "killed by SIGKILL");
        } else {
            assert_eq!(future.result(), Err(Error::Cancelled));
        }
    }
    assert_eq!(pool.submit(Act::Pid).result(), Err(Error::Shutdown));
    pool.shutdown(true, false);
    assert!(workers.into_iter().all(is_gone));
}

fn terminated_workers_finish_nothing() {
    let (pool, mut gate) = (pool(1), Gate::new());
    let held = pool.submit(gate.hold(1));
    gate.arrival();
    pool.terminate_workers();
    // It does not end before its task, which does not end.
    assert_eq!(how_lost(held), "killed by SIGKILL");
}

fn a_worker_that_will_not_end_does_not_hold_up_the_shutdown() {
    let pool = pool(1);
    said(pool.submit(Act::BeStubborn));
    let workers = pool.worker_ids();
    pool.shutdown(true, false);
    assert!(workers.into_iter().all(is_gone));
}

fn workers_that_are_dead_or_not_started_can_be_killed() {
    let pool = pool(2);
    pool.kill_workers();
    assert_eq!(pool.submit(Act::Pid).result(), Err(Error::Shutdown));
    let pool = crate::support::pool(2);
    let lost = pool.submit(Act::Exit(1));
    eventually("the worker has ended", || lost.done());
    pool.kill_workers();
    how_lost(lost);
    pool.shutdown(true, true);
}

fn a_pool_can_be_stopped_again_and_again() {
    for _ in 0..30 {
        let pool = pool(2);
        let futures: Vec<_> = (0..10).map(|_| pool.submit(Act::Pid)).collect();
        pool.kill_workers();
        pool.terminate_workers();
        pool.shutdown(true, true);
        assert!(futures.iter().all(executor::Future::done));
    }
}
