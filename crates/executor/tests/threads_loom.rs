//! Every interleaving of the pool's growth and its shutdown, up to a number of preemptions, tried by loom:
//! `RUSTFLAGS="--cfg loom" cargo test -p executor --test threads_loom --release`.
//!
//! Loom ends a model with a panic when all its threads wait: no task is forgotten in any order of events.

#![cfg(loom)]

use std::sync::Arc;

use executor::threads::ThreadPool;
use executor::{Error, Executor, Future};
use loom::sync::{Condvar, Mutex};
use loom::thread;

/// Tries every order of events with at most this many preemptions: most faults show with two or three.
fn check(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// Where two tasks wait for each other.
#[derive(Default)]
struct Meeting {
    present: Mutex<usize>,
    everybody: Condvar,
}

impl Meeting {
    fn attend(&self) {
        let mut present = self.present.lock().unwrap();
        *present += 1;
        self.everybody.notify_all();
        while *present < 2 {
            present = self.everybody.wait(present).unwrap();
        }
    }
}

#[test]
fn a_task_is_run_before_the_pool_is_gone() {
    check(3, || {
        let pool = ThreadPool::new(2).unwrap();
        let future = pool.submit(|| 1);
        drop(pool);
        assert!(future.done());
        assert_eq!(future.result(), Ok(1));
    });
}

#[test]
fn tasks_that_wait_for_each_other_both_run() {
    check(3, || {
        let pool = ThreadPool::new(2).unwrap();
        let meeting = Arc::new(Meeting::default());
        let futures = [meeting.clone(), meeting].map(|meeting| pool.submit(move || meeting.attend()));
        assert_eq!(futures.map(Future::result), [Ok(()), Ok(())]);
    });
}

#[test]
fn tasks_that_wait_for_each_other_both_run_when_a_worker_is_just_getting_free() {
    check(3, || {
        let pool = ThreadPool::new(2).unwrap();
        let first = pool.submit(|| 1);
        let meeting = Arc::new(Meeting::default());
        let futures = [meeting.clone(), meeting].map(|meeting| pool.submit(move || meeting.attend()));
        assert_eq!(first.result(), Ok(1));
        assert_eq!(futures.map(Future::result), [Ok(()), Ok(())]);
    });
}

#[test]
fn tasks_of_two_submitters_that_wait_for_each_other_both_run() {
    check(3, || {
        let pool = Arc::new(ThreadPool::new(2).unwrap());
        assert_eq!(pool.submit(|| 1).result(), Ok(1));
        let meeting = Arc::new(Meeting::default());
        let (other, there) = (pool.clone(), meeting.clone());
        let other = thread::spawn(move || other.submit(move || there.attend()).result());
        assert_eq!(pool.submit(move || meeting.attend()).result(), Ok(()));
        assert_eq!(other.join().unwrap(), Ok(()));
    });
}

#[test]
fn one_task_after_another_needs_one_worker() {
    check(3, || {
        let pool = ThreadPool::new(2).unwrap();
        assert_eq!(pool.submit(|| 1).result(), Ok(1));
        assert_eq!(pool.submit(|| 2).result(), Ok(2));
        assert_eq!(pool.threads(), 1);
    });
}

#[test]
fn a_task_submitted_during_the_shutdown_is_run_or_refused() {
    check(3, || {
        let pool = Arc::new(ThreadPool::new(1).unwrap());
        let submitter = pool.clone();
        let submitter = thread::spawn(move || submitter.submit(|| 1).result());
        pool.shutdown(true, false);
        let result = submitter.join().unwrap();
        assert!(matches!(result, Ok(1) | Err(Error::Shutdown)), "{result:?}");
    });
}

#[test]
fn a_task_is_run_or_cancelled_by_the_shutdown() {
    check(3, || {
        let pool = ThreadPool::new(1).unwrap();
        let futures = [1, 2].map(|n| pool.submit(move || n));
        pool.shutdown(true, true);
        for (number, future) in (1..).zip(futures) {
            let result = future.result();
            assert!(result == Ok(number) || result == Err(Error::Cancelled), "{result:?}");
        }
    });
}

#[test]
fn an_initializer_that_fails_leaves_no_task_waiting() {
    check(3, || {
        let pool = ThreadPool::builder().workers(2).initializer(|| Err("no licence".into())).build().unwrap();
        for future in [1, 2].map(|n| pool.submit(move || n)) {
            assert!(matches!(future.result(), Err(Error::Broken { .. })));
        }
    });
}

#[test]
fn two_who_wait_for_the_shutdown_both_wait_for_the_last_task() {
    check(3, || {
        let pool = Arc::new(ThreadPool::new(1).unwrap());
        let future = Arc::new(pool.submit(|| 1));
        let (other, seen) = (pool.clone(), future.clone());
        let other = thread::spawn(move || {
            other.shutdown(true, false);
            seen.done()
        });
        pool.shutdown(true, false);
        assert!(future.done());
        assert!(other.join().unwrap());
    });
}

#[test]
fn two_tasks_may_shut_their_pool_down_and_who_waits_outside_waits_for_both() {
    check(2, || {
        let pool = Arc::new(ThreadPool::new(2).unwrap());
        let futures = [pool.clone(), pool.clone()].map(|inside| {
            pool.submit(move || {
                inside.shutdown(true, false);
            })
        });
        pool.shutdown(true, false);
        // The second may have been submitted to a pool that was shut down.
        assert!(futures.iter().all(Future::done));
    });
}
