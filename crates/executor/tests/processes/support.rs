//! What several tests need.

use std::cell::Cell;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use executor::processes::{Options, ProcessPool, StartMethod};
use executor::{Error, Executor, Future};
use rustix::process::{Pid, Signal, kill_process};

use crate::tasks::Act;

/// In a scenario's environment: how its pools start their workers.
pub const START_METHOD: &str = "TEST_START_METHOD";

thread_local! {
    /// How the pools of the test that this thread runs start their workers.
    static METHOD: Cell<StartMethod> = Cell::new(match env::var(START_METHOD) {
        Ok(name) if name == format!("{:?}", StartMethod::ForkServer) => StartMethod::ForkServer,
        _ => StartMethod::Spawn,
    });
}

/// How the pools of this test start their workers.
pub fn method() -> StartMethod {
    METHOD.get()
}

/// From now on the pools of this test start their workers in this way.
pub fn set_method(method: StartMethod) {
    METHOD.set(method);
}

/// The options of a pool of this many workers.
pub fn builder(workers: usize) -> Options {
    ProcessPool::builder().workers(workers).start_method(method())
}

/// A pool of this many workers.
pub fn pool(workers: usize) -> ProcessPool {
    builder(workers).build().expect("failed to make a pool")
}

/// The process of the worker that is free first.
pub fn pid(pool: &ProcessPool) -> u32 {
    said(pool.submit(Act::Pid)).parse().expect("a process has a number")
}

/// What the task gave back.
pub fn said(future: Future<Result<String, String>>) -> String {
    future.result().expect("the task runs").expect("the task has something to say")
}

/// How the worker was lost.
pub fn how_lost<T: std::fmt::Debug>(future: Future<T>) -> String {
    match future.result() {
        Err(Error::WorkerLost { how, .. }) => how,
        other => panic!("the worker should have been lost: {other:?}"),
    }
}

/// Why the pool is broken.
pub fn why_broken<T: std::fmt::Debug>(future: Future<T>) -> String {
    match future.result() {
        Err(Error::Broken { reason }) => reason,
        other => panic!("the pool should have been broken: {other:?}"),
    }
}

/// Sends a signal.
pub fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("no process has number 0");
    kill_process(pid, signal).expect("failed to send a signal");
}

/// True, if there is no such process, or only its remains.
pub fn is_gone(pid: u32) -> bool {
    matches!(state(pid), None | Some('Z' | 'X'))
}

/// The letter for the state of a process, e.g. `S`: it sleeps.
pub fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(") ").next()?.chars().next()
}

/// Waits for something that must happen.
pub fn eventually(what: &str, happened: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !happened() {
        assert!(Instant::now() < deadline, "this has not happened: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}
