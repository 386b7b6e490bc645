//! Workers: how many there are, and what they do.

use std::num::NonZeroUsize;
use std::thread;

use executor::{Executor, as_completed_within};

use crate::common::{Gate, Probe, Subject, pool};
use crate::echo;

pub fn a_pool_of_no_workers_is_refused<S: Subject>() {
    assert!(S::executor(0).is_err());
}

pub fn tasks_one_after_another_use_one_worker<S: Subject>() {
    let pool = pool::<S>(5);
    for _ in 0..20 {
        assert_eq!(pool.submit(Probe::Worker).result(), Ok(Ok(0)));
    }
}

pub fn blocked_tasks_fill_every_worker_and_no_more<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(4), Gate::new());
    let futures: Vec<_> = (0..15 * 4).map(|number| pool.submit(gate.hold(number))).collect();
    gate.arrivals(4);
    assert_eq!(futures.iter().filter(|future| future.running()).count(), 4);
    assert_eq!(gate.unseen(), None);
    gate.open();
    for (number, future) in (0..).zip(futures) {
        assert_eq!(future.result(), Ok(Ok(number)));
    }
}

pub fn mutually_blocking_tasks_all_run<S: Subject>() {
    for workers in [2, 5, 20] {
        let (pool, mut gate) = (pool::<S>(workers), Gate::new());
        // Some workers exist when the blocking tasks come, and may be idle or about to be.
        let warm: Vec<_> = (0..workers as i64 / 2).map(|number| pool.submit(echo(number))).collect();
        let futures: Vec<_> = (0..workers as i64).map(|number| pool.submit(gate.hold(number))).collect();
        assert_eq!(gate.arrivals(workers), (0..workers as i64).collect::<Vec<_>>());
        gate.open();
        assert!(warm.into_iter().chain(futures).all(|future| future.result().is_ok()));
    }
}

pub fn never_more_than_the_maximum_run_at_a_time<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(2), Gate::new());
    let futures: Vec<_> = (0..12).map(|number| pool.submit(gate.hold(number))).collect();
    let mut inside = gate.arrivals(2);
    for _ in 2..12 {
        // The newest first: when one is seen running, the one before it in its worker is seen done. The other way round three may
        // be seen running one after another, of which no more than two ever were at a time.
        let running = futures.iter().rev().filter(|future| future.running()).count();
        assert!(running <= 2, "{running} are running");
        assert_eq!(gate.unseen(), None);
        gate.release(inside.remove(0));
        inside.push(gate.arrival());
    }
    gate.open();
    assert!(futures.into_iter().all(|future| future.result().is_ok()));
}

pub fn many_threads_submit_at_once<S: Subject>() {
    let pool = pool::<S>(3);
    thread::scope(|scope| {
        for start in (0..8).map(|thread| thread * 100) {
            let pool = &pool;
            scope.spawn(move || {
                let futures: Vec<_> = (start..start + 100).map(|number| pool.submit(echo(number))).collect();
                for (number, future) in (start..).zip(futures) {
                    assert_eq!(future.result(), Ok(Ok(number)));
                }
            });
        }
    });
}

pub fn many_tiny_tasks_pass<S: Subject>() {
    let pool = pool::<S>(2);
    let window = NonZeroUsize::new(64).expect("64 is not zero");
    let futures = (0..20_000).map(|number| pool.submit(echo(number)));
    let numbers = as_completed_within(window, futures).map(|future| future.result().expect("no task fails"));
    assert_eq!(numbers.map(|number| number.expect("no task fails")).sum::<i64>(), 199_990_000);
}
