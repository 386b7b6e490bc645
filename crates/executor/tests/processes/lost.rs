//! Workers that are lost.

use std::time::Duration;

use crate::common::Gate;
use executor::processes::StartMethod;
use executor::{Error, Executor};
use libtest_mimic::Trial;
use rustix::process::Signal;

use crate::fork_server::{lose_server, program_of_its_own};
use crate::support::{builder, eventually, how_lost, method, pid, pool, said, send, why_broken};
use crate::tasks::{Act, Blob, DIES, DOES_NOT_ENTER, OTHER_LIST, SLEEPS};

pub fn trials() -> Vec<Trial> {
    crate::trials![
        a_lost_worker_costs_its_own_task_only,
        a_pool_whose_workers_die_at_once_gives_up,
        a_program_that_does_not_enter_is_told_so,
        a_replacement_that_cannot_start_breaks_the_pool,
        a_strict_pool_breaks_when_a_worker_is_lost,
        a_stack_that_overflows_and_memory_that_runs_out_cost_their_own_tasks_only,
        a_stuck_task_is_killed_and_the_next_one_runs,
        a_worker_of_another_program_is_refused,
        a_worker_that_does_not_get_ready_breaks_the_pool,
        a_worker_that_sends_a_malformed_reply_is_killed,
        a_worker_that_dies_between_tasks_costs_nothing,
        each_lost_worker_is_told_by_status_or_signal,
        every_task_may_kill_its_worker,
        the_time_of_a_task_counts_from_its_start,
        a_limit_without_end_is_no_limit,
        a_task_that_closes_its_workers_channel_is_lost,
        a_strict_pool_breaks_when_a_worker_sends_a_malformed_reply,
        a_worker_that_is_told_to_end_does_so_after_its_task,
        a_task_that_copies_its_process_gets_its_own_result,
        workers_may_die_while_the_pool_is_shut_down,
    ]
}

fn a_lost_worker_costs_its_own_task_only() {
    let (pool, mut gate) = (pool(2), Gate::new());
    let held: Vec<_> = (0..2).map(|number| pool.submit(gate.hold(number))).collect();
    let others: Vec<_> = (0..50).map(|number| pool.submit(gate.hold(number))).collect();
    gate.arrivals(2);
    let pid = pool.worker_ids()[0];
    send(pid, Signal::KILL);
    gate.open();
    let ends: Vec<_> = held.into_iter().map(|future| future.result()).collect();
    let lost = Error::WorkerLost { pid, code: None, signal: Some(9), how: "killed by SIGKILL".to_owned() };
    assert_eq!(ends.iter().filter(|end| **end == Err(lost.clone())).count(), 1);
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
    for (number, future) in (0..).zip(others) {
        assert_eq!(future.result(), Ok(Ok(number)));
    }
}

fn each_lost_worker_is_told_by_status_or_signal() {
    let pool = pool(2);
    let exits: Vec<_> = (0..4).map(|status| pool.submit(Act::Exit(status))).collect();
    let abort = pool.submit(Act::Abort);
    for (status, future) in (0..).zip(exits) {
        let Err(Error::WorkerLost { code, signal, how, .. }) = future.result() else { panic!("it exits") };
        assert_eq!((code, signal, how), (Some(status), None, format!("exited with status {status}")));
    }
    assert!(how_lost(abort).starts_with("killed by SIGABRT"));
}

fn a_stack_that_overflows_and_memory_that_runs_out_cost_their_own_tasks_only() {
    let pool = pool(2);
    let lost = [pool.submit(Act::Overflow), pool.submit(Act::Exhaust)];
    let others: Vec<_> = (0..20).map(|_| pool.submit(Act::Pid)).collect();
    // The standard library says on standard error what it was, and aborts.
    assert!(lost.into_iter().all(|future| how_lost(future).starts_with("killed by SIGABRT")));
    others.into_iter().for_each(|other| drop(said(other)));
}

fn every_task_may_kill_its_worker() {
    let pool = pool(2);
    let tasks: Vec<_> = (0..40).map(|n| pool.submit(if n % 2 == 0 { Act::Exit(n) } else { Act::Pid })).collect();
    for (n, task) in tasks.into_iter().enumerate() {
        match n % 2 {
            0 => assert_eq!(how_lost(task), format!("exited with status {n}")),
            _ => drop(said(task)),
        }
    }
}

fn a_worker_that_dies_between_tasks_costs_nothing() {
    let pool = pool(1);
    for _ in 0..10 {
        let worker = pid(&pool);
        send(worker, Signal::KILL);
        eventually("its end is noticed", || pool.worker_ids().is_empty());
        assert_ne!(pid(&pool), worker);
    }
}

fn a_worker_that_sends_a_malformed_reply_is_killed() {
    let pool = pool(1);
    let scribbler = pool.submit(Act::Scribble);
    let next = pool.submit(Act::Pid);
    assert_eq!(how_lost(scribbler), "killed, for something other than a reply of its own was in its channel");
    said(next);
}

fn a_strict_pool_breaks_when_a_worker_sends_a_malformed_reply() {
    let pool = builder(1).strict().build().unwrap();
    how_lost(pool.submit(Act::Scribble));
    why_broken(pool.submit(Act::Pid));
}

fn a_task_that_closes_its_workers_channel_is_lost() {
    let (pool, next) = (pool(1), Act::Pid);
    assert_eq!(how_lost(pool.submit(Act::BecomeAnother)), "killed, for it had closed its channel");
    said(pool.submit(next));
}

fn a_strict_pool_breaks_when_a_worker_is_lost() {
    let (pool, mut gate) = (builder(2).strict().build().unwrap(), Gate::new());
    let held = pool.submit(gate.hold(0));
    gate.arrival();
    let lost = pool.submit(Act::Exit(3));
    let waiting: Vec<_> = (0..20).map(|_| pool.submit(Act::Exit(4))).collect();
    assert_eq!(how_lost(lost), "exited with status 3");
    let why = why_broken(held);
    assert!(why.contains("exited with status 3"), "{why}");
    assert!(waiting.into_iter().all(|future| why_broken(future) == why));
    assert_eq!(why_broken(pool.submit(Act::Pid)), why);
}

fn a_stuck_task_is_killed_and_the_next_one_runs() {
    let after = Duration::from_millis(100);
    let (pool, gate) = (builder(1).task_timeout(after).build().unwrap(), Gate::new());
    let before = pid(&pool);
    let stuck = pool.submit(gate.hold(0));
    let next = pool.submit(Act::Pid);
    assert_eq!(stuck.result(), Err(Error::TimedOut { after }));
    assert_ne!(said(next), before.to_string());
}

fn the_time_of_a_task_counts_from_its_start() {
    // Together they take longer than one may.
    let pool = builder(1).task_timeout(Duration::from_secs(2)).build().unwrap();
    let tasks: Vec<_> = (0..12).map(|_| pool.submit(Act::Sleep(Duration::from_millis(200)))).collect();
    tasks.into_iter().for_each(|task| drop(said(task)));
}

fn a_limit_without_end_is_no_limit() {
    let pool = builder(2).task_timeout(Duration::MAX).start_timeout(Duration::MAX).build().unwrap();
    let tasks: Vec<_> = (0..20).map(|_| pool.submit(Act::Pid)).collect();
    tasks.into_iter().for_each(|task| drop(said(task)));
}

/// What a service manager does to all processes of a program.
fn a_worker_that_is_told_to_end_does_so_after_its_task() {
    let (pool, mut gate) = (pool(1), Gate::new());
    let held = pool.submit(gate.hold(1));
    gate.arrival();
    let worker = pool.worker_ids()[0];
    send(worker, Signal::TERM);
    let next = pool.submit(Act::Pid);
    gate.open();
    assert_eq!(held.result(), Ok(Ok(1)));
    assert_ne!(said(next), worker.to_string());
}

/// The copy comes back from the task, too, but no result of it is taken for the task's, or for the next one's.
fn a_task_that_copies_its_process_gets_its_own_result() {
    let pool = pool(2);
    let futures: Vec<_> = (0..50).map(|_| (pool.submit(Act::Fork), pool.submit(Act::Pid))).collect();
    for (fork, pid) in futures {
        assert_eq!(said(fork), "the original");
        assert!(pool.worker_ids().contains(&said(pid).parse().unwrap()));
    }
}

fn a_pool_whose_workers_die_at_once_gives_up() {
    let pool = builder(2).env(DIES, "1").build().unwrap();
    let futures: Vec<_> = (0..10).map(|_| pool.submit(Act::Pid)).collect();
    for future in futures {
        let why = why_broken(future);
        assert!(why.contains("in a row") && why.contains("killed by SIGABRT"), "{why}");
    }
    why_broken(pool.submit(Act::Pid));
}

fn a_program_that_does_not_enter_is_told_so() {
    let pool = builder(1).env(DOES_NOT_ENTER, "1").build().unwrap();
    let why = why_broken(pool.submit(Act::Pid));
    assert!(why.contains("exited with status 9"), "{why}");
    assert!(why.contains("processes::enter"), "{why}");
}

fn a_worker_that_does_not_get_ready_breaks_the_pool() {
    let limit = Duration::from_millis(200);
    let pool = builder(1).env(SLEEPS, "1").start_timeout(limit).build().unwrap();
    let why = why_broken(pool.submit(Act::Pid));
    assert!(why.contains("within 200ms"), "{why}");
}

fn a_worker_of_another_program_is_refused() {
    let pool = builder(1).env(OTHER_LIST, "1").build().unwrap();
    let why = why_broken(pool.submit(Blob(Vec::new())).result().map(drop).map_or_else(
        |error| executor::Future::<()>::finished(Err(error)),
        |()| panic!("the worker has another list of tasks"),
    ));
    assert!(why.contains("refused") && why.contains("lists of tasks differ"), "{why}");
}

fn a_replacement_that_cannot_start_breaks_the_pool() {
    let (_folder, program) = program_of_its_own();
    let pool = builder(1).program(&program).build().unwrap();
    pid(&pool);
    std::fs::remove_file(&program).unwrap();
    if method() == StartMethod::ForkServer {
        // It has the program in memory, and needs no file.
        how_lost(pool.submit(Act::Exit(1)));
        pid(&pool);
        lose_server(&program);
    }
    let lost = pool.submit(Act::Exit(1));
    let next = pool.submit(Act::Pid);
    how_lost(lost);
    let why = why_broken(next);
    assert!(why.contains("could not be started"), "{why}");
}

fn workers_may_die_while_the_pool_is_shut_down() {
    let (pool, mut gate) = (pool(3), Gate::new());
    let held: Vec<_> = (0..9).map(|number| pool.submit(gate.hold(number))).collect();
    gate.arrivals(3);
    pool.shutdown(false, false);
    pool.worker_ids().into_iter().for_each(|worker| send(worker, Signal::KILL));
    gate.open();
    pool.shutdown(true, false);
    let ends = held.into_iter().map(|future| future.result());
    assert_eq!(ends.filter(|end| matches!(end, Err(Error::WorkerLost { .. }))).count(), 3);
    eventually("every worker has ended", || pool.worker_ids().is_empty());
}
