//! Workers that a signal has stopped.

use std::thread;
use std::time::Duration;

use executor::Executor;
use executor::behaviours::Gate;
use libtest_mimic::Trial;
use rustix::process::Signal;

use crate::support::{builder, eventually, how_lost, pid, pool, send, state};
use crate::tasks::{Act, Probing, Setup};

pub fn trials() -> Vec<Trial> {
    crate::trials![
        a_stopped_worker_costs_its_own_task_only,
        a_worker_that_goes_on_in_time_loses_nothing,
        a_worker_that_is_stopped_before_it_is_ready_is_replaced,
        a_worker_that_is_stopped_while_it_is_idle_costs_nothing,
    ]
}

fn a_stopped_worker_costs_its_own_task_only() {
    let (pool, mut gate) = (pool(2), Gate::new());
    let held: Vec<_> = (0..2).map(|number| pool.submit(Probing::from(gate.hold(number)))).collect();
    let others: Vec<_> = (0..20).map(|number| pool.submit(Probing::from(gate.hold(number)))).collect();
    gate.arrivals(2);
    send(pool.worker_ids()[0], Signal::STOP);
    gate.open();
    let (lost, done): (Vec<_>, Vec<_>) = held.into_iter().map(|future| future.result()).partition(Result::is_err);
    assert_eq!((lost.len(), done.len()), (1, 1));
    let how = how_lost(executor::Future::finished(lost.into_iter().next().unwrap()));
    assert_eq!(how, "stopped by SIGSTOP, and killed when it had not gone on for 1s");
    for (number, future) in (0..).zip(others) {
        assert_eq!(future.result(), Ok(Ok(number)));
    }
}

fn a_worker_that_is_stopped_while_it_is_idle_costs_nothing() {
    let pool = pool(1);
    let worker = pid(&pool);
    send(worker, Signal::STOP);
    // The signal may find it on its way to its next letter, which it would still begin to read.
    eventually("it is stopped", || state(worker) == Some('T'));
    // Its task comes back unread, and goes to another worker.
    assert_ne!(pid(&pool), worker);
}

fn a_worker_that_goes_on_in_time_loses_nothing() {
    let (pool, mut gate) = (pool(1), Gate::new());
    let worker = pid(&pool);
    let held = pool.submit(Probing::from(gate.hold(1)));
    gate.arrival();
    // Together that is longer than one stop may be.
    for _ in 0..5 {
        send(worker, Signal::STOP);
        thread::sleep(Duration::from_millis(250));
        send(worker, Signal::CONT);
    }
    gate.open();
    assert_eq!(held.result(), Ok(Ok(1)));
    assert_eq!(pid(&pool), worker);
}

fn a_worker_that_is_stopped_before_it_is_ready_is_replaced() {
    let setup = Setup::Sleep(Duration::from_secs(60));
    let pool = builder(1).initializer(setup).build().unwrap();
    let _never_run = pool.submit(Act::Pid);
    eventually("a worker is started", || !pool.worker_ids().is_empty());
    let worker = pool.worker_ids()[0];
    send(worker, Signal::STOP);
    eventually("another is started", || pool.worker_ids().first().is_some_and(|other| *other != worker));
    pool.kill_workers();
}
