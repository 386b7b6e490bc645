//! Every interleaving of the future cell and of those who wait for it, tried by loom:
//! `RUSTFLAGS="--cfg loom" cargo test -p executor --test loom --release`.
//!
//! Loom ends a model with a panic when all its threads wait: no wake-up is lost in any order of events.

#![cfg(loom)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use executor::{Error, Until, as_completed, job, pair, wait};
use loom::future::block_on;
use loom::thread;

#[test]
fn a_result_wakes_the_waiter() {
    loom::model(|| {
        let (promise, future) = pair();
        let worker = thread::spawn(move || {
            promise.set_running();
            promise.finish(Ok(1));
        });
        assert_eq!(future.result(), Ok(1));
        worker.join().unwrap();
    });
}

#[test]
fn the_owner_and_an_onlooker_both_wake() {
    loom::model(|| {
        let (promise, future) = pair::<u8>();
        let worker = thread::spawn(move || drop(promise));
        let future = Arc::new(future);
        let other = future.clone();
        let onlooker = thread::spawn(move || other.exception());
        assert_eq!(future.exception(), Some(Error::Abandoned));
        assert_eq!(onlooker.join().unwrap(), Some(Error::Abandoned));
        worker.join().unwrap();
    });
}

#[test]
fn a_task_is_either_run_or_cancelled() {
    loom::model(|| {
        let runs = Arc::new(AtomicUsize::new(0));
        let count = runs.clone();
        let (job, future) = job(move || count.fetch_add(1, SeqCst));
        let worker = thread::spawn(move || job.run(|| ()));
        let cancelled = future.cancel();
        assert_eq!(future.result(), if cancelled { Err(Error::Cancelled) } else { Ok(0) });
        worker.join().unwrap();
        assert_eq!(runs.load(SeqCst), usize::from(!cancelled));
    });
}

#[test]
fn a_callback_is_called_once_and_before_the_result_is_taken() {
    loom::model(|| {
        let calls = Arc::new(AtomicUsize::new(0));
        let (job, future) = job(|| 7);
        let worker = thread::spawn(move || job.run(|| ()));
        let count = calls.clone();
        future.add_done_callback(move |future| {
            assert_eq!(future.peek(|result| result.copied().map_err(Clone::clone)), Some(Ok(7)));
            count.fetch_add(1, SeqCst);
        });
        assert_eq!(future.result(), Ok(7));
        assert_eq!(calls.load(SeqCst), 1);
        worker.join().unwrap();
    });
}

#[test]
fn after_a_result_its_worker_is_free() {
    loom::model(|| {
        let free = Arc::new(AtomicUsize::new(0));
        let count = free.clone();
        let (job, future) = job(|| 7);
        let worker = thread::spawn(move || {
            job.run(|| {
                count.fetch_add(1, SeqCst);
            });
        });
        assert_eq!(future.result(), Ok(7));
        assert_eq!(free.load(SeqCst), 1);
        worker.join().unwrap();
    });
}

#[test]
fn futures_of_two_workers_all_complete() {
    loom::model(|| {
        let (jobs, futures): (Vec<_>, Vec<_>) = [1, 2].map(|n| job(move || n)).into_iter().unzip();
        let workers: Vec<_> = jobs.into_iter().map(|job| thread::spawn(move || job.run(|| ()))).collect();
        let sum: i32 = as_completed(futures).map(|future| future.result().unwrap()).sum();
        assert_eq!(sum, 3);
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
}

#[test]
fn an_as_completed_may_be_abandoned_at_any_time() {
    loom::model(|| {
        let (jobs, futures): (Vec<_>, Vec<_>) = [1, 2].map(|n| job(move || n)).into_iter().unzip();
        let workers: Vec<_> = jobs.into_iter().map(|job| thread::spawn(move || job.run(|| ()))).collect();
        assert!(as_completed(futures).next().unwrap().done());
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
}

#[test]
fn a_wait_for_the_first_returns_and_the_other_can_still_be_asked() {
    loom::model(|| {
        let (jobs, futures): (Vec<_>, Vec<_>) = [1, 2].map(|n| job(move || n)).into_iter().unzip();
        let workers: Vec<_> = jobs.into_iter().map(|job| thread::spawn(move || job.run(|| ()))).collect();
        let waited = wait(futures, Until::FirstCompleted, None);
        assert!(!waited.done.is_empty());
        let sum: i32 = waited.done.into_iter().chain(waited.not_done).map(|future| future.result().unwrap()).sum();
        assert_eq!(sum, 3);
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
}

#[test]
fn an_async_task_is_woken() {
    loom::model(|| {
        let (job, future) = job(|| 7);
        let worker = thread::spawn(move || job.run(|| ()));
        assert_eq!(block_on(future), Ok(7));
        worker.join().unwrap();
    });
}
