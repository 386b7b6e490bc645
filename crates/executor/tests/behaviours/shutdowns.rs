//! The end of an executor.

use std::sync::Arc;
use std::thread;

use executor::{Error, Executor, Future, Shutdown};

use crate::common::{Answer, Gate, Subject, pool};
use crate::echo;

pub fn a_task_submitted_after_the_shutdown_fails<S: Subject>() {
    let pool = pool::<S>(2);
    assert_eq!(pool.submit(echo(1)).result(), Ok(Ok(1)));
    pool.shutdown(true, false);
    let future = pool.submit(echo(2));
    assert!(future.done(), "it is finished at once");
    assert_eq!(future.result(), Err(Error::Shutdown));
    assert_eq!(pool.map_tasks([echo(3)]).next(), Some(Err(Error::Shutdown)));
}

pub fn leaving_the_scope_waits<S: Subject>() {
    let futures: Vec<_> = {
        let pool = pool::<S>(5);
        (0..50).map(|number| pool.submit(echo(number))).collect()
    };
    assert!(futures.iter().all(Future::done));
    assert_eq!(values(futures), (0..50).collect::<Vec<_>>());
}

pub fn more_tasks_than_workers_at_shutdown_all_finish<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(5), Gate::new());
    let futures: Vec<_> = (0..50).map(|number| pool.submit(gate.hold(number))).collect();
    gate.arrivals(5);
    gate.open();
    pool.shutdown(true, false);
    assert!(futures.iter().all(Future::done));
    assert_eq!(values(futures), (0..50).collect::<Vec<_>>());
}

pub fn cancelling_the_futures_leaves_those_that_run<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(5), Gate::new());
    let futures: Vec<_> = (0..50).map(|number| pool.submit(gate.hold(number))).collect();
    let started = gate.arrivals(5);
    pool.shutdown(false, true);
    let (cancelled, others): (Vec<_>, Vec<_>) = futures.into_iter().partition(Future::cancelled);
    assert_eq!(cancelled.len(), 45);
    gate.open();
    assert_eq!(values(others), started);
    pool.shutdown(true, false);
}

pub fn results_arrive_after_a_shutdown_that_does_not_wait<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(2), Gate::new());
    let futures: Vec<_> = (0..10).map(|number| pool.submit(gate.hold(number))).collect();
    gate.arrivals(2);
    pool.shutdown(false, false);
    drop(pool);
    assert!(!futures.iter().any(Future::done), "neither of the two has waited");
    gate.open();
    assert_eq!(values(futures), (0..10).collect::<Vec<_>>());
}

pub fn submit_cancel_shutdown_does_not_hang<S: Subject>() {
    for _ in 0..20 {
        let pool = pool::<S>(2);
        let future = pool.submit(echo(1));
        let was_cancelled = future.cancel();
        pool.shutdown(true, false);
        assert_eq!(future.result(), if was_cancelled { Err(Error::Cancelled) } else { Ok(Ok(1)) });
    }
}

pub fn shutting_down_twice_is_fine<S: Subject>() {
    let pool = pool::<S>(2);
    let future = pool.submit(echo(1));
    pool.shutdown(false, false);
    pool.shutdown(true, false);
    assert!(future.done(), "the second one has waited");
    pool.shutdown(true, true);
    assert_eq!(future.result(), Ok(Ok(1)));
}

pub fn a_pool_that_was_never_used_shuts_down<S: Subject>() {
    pool::<S>(2).shutdown(true, false);
    drop(pool::<S>(2));
}

pub fn everyone_who_waits_for_the_shutdown_waits_for_the_last_task<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(2), Gate::new());
    let futures: Vec<_> = (0..2).map(|number| pool.submit(gate.hold(number))).collect();
    gate.arrivals(2);
    let are_done = || {
        pool.shutdown(true, false);
        futures.iter().all(Future::done)
    };
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..4).map(|_| scope.spawn(are_done)).collect();
        // The first of them may be waiting for one task and the next for the other.
        gate.release(1);
        futures[1].exception();
        gate.open();
        assert!(waiting.into_iter().all(|waiting| waiting.join().expect("a shutdown does not panic")));
    });
}

pub fn a_callback_that_shuts_the_pool_down_does_not_wait_for_itself<S: Subject>() {
    let (pool, mut gate) = (Arc::new(pool::<S>(2)), Gate::new());
    let futures: Vec<_> = (0..2).map(|number| pool.submit(gate.hold(number))).collect();
    gate.arrivals(2);
    for future in &futures {
        let pool = pool.clone();
        future.add_done_callback(move |_| pool.shutdown(true, false));
    }
    gate.open();
    assert_eq!(values(futures), [0, 1]);
    pool.shutdown(true, false);
}

fn values(futures: Vec<Future<Answer>>) -> Vec<i64> {
    futures.into_iter().map(|future| future.result().expect("no task fails").expect("no task fails")).collect()
}
