//! Whatever the user's code does at the places where a pool runs it, no worker is lost and no future is left unfinished: each pool
//! against a model.

use std::future::Future as _;
use std::panic::panic_any;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread;

use crate::common::{Answer, Gate, Probe};
use executor::{Error, Executor, Future, ProcessPool, RemoteTask, Task, ThreadPool, worker};
use libtest_mimic::Trial;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde::{Deserialize, Serialize};

use crate::support;

pub fn trials() -> Vec<Trial> {
    crate::trials![threads_outlive_whatever_panics_in_them, processes_outlive_whatever_panics_in_them]
}

/// A value whose drop panics, if it is armed: in the pools' own threads and processes, not in the test.
#[derive(Debug, Serialize, Deserialize)]
pub struct Mine(bool);

impl Drop for Mine {
    fn drop(&mut self) {
        let is_in_a_pool = worker().is_some() || thread::current().name() == Some("process-pool");
        // A panic inside a panic ends the process: there is nothing that a pool could do.
        if self.0 && is_in_a_pool && !thread::panicking() {
            panic!("a mine went off");
        }
    }
}

/// What a task does.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Act {
    Return,
    Panic,
    /// Panics with something that panics when it is dropped.
    PanicWithMine,
}

/// What becomes of its future.
#[derive(Clone, Copy, Debug)]
enum Owner {
    Waits,
    Drops,
    Cancels,
    /// Polls it, with a waker that panics, and waits.
    Polls,
}

/// A task, and what is around it.
#[derive(Clone, Copy, Debug)]
struct Plan {
    act: Act,
    result_is_armed: bool,
    capture_is_armed: bool,
    callback_panics: bool,
    owner: Owner,
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let acts = select(vec![Act::Return, Act::Return, Act::Panic, Act::PanicWithMine]);
    let owners = select(vec![Owner::Waits, Owner::Drops, Owner::Cancels, Owner::Polls]);
    let plan = (acts, any::<bool>(), any::<bool>(), any::<bool>(), owners);
    let plan = plan.prop_map(|(act, result_is_armed, capture_is_armed, callback_panics, owner)| Plan {
        act,
        result_is_armed,
        capture_is_armed,
        callback_panics,
        owner,
    });
    prop::collection::vec(plan, 1..30)
}

/// What the task does, its result, and what it has captured.
#[derive(Serialize, Deserialize)]
pub struct Hostile(Act, Mine, Mine);

impl Task for Hostile {
    type Output = Mine;

    fn run(self) -> Mine {
        let Self(act, result, _capture) = self;
        match act {
            Act::Return => result,
            Act::Panic => panic!("a task's own fault"),
            Act::PanicWithMine => panic_any(Mine(true)),
        }
    }
}

impl RemoteTask for Hostile {
    const NAME: &'static str = "hostile";
}

struct Rude;

impl Wake for Rude {
    fn wake(self: Arc<Self>) {
        panic!("a waker's own fault");
    }
}

/// Does what the plan says, and sees what comes of it.
fn follow(plan: Plan, mut future: Future<Mine>) -> Result<(), TestCaseError> {
    if plan.callback_panics {
        future.add_done_callback(|_| panic!("a callback's own fault"));
    }
    let cancelled = match plan.owner {
        Owner::Drops => return Ok(()),
        Owner::Cancels => future.cancel(),
        Owner::Polls => {
            let waker = Waker::from(Arc::new(Rude));
            if let std::task::Poll::Ready(result) = Pin::new(&mut future).poll(&mut Context::from_waker(&waker)) {
                return expect(plan, false, result);
            }
            false
        }
        Owner::Waits => false,
    };
    expect(plan, cancelled, future.result())
}

fn expect(plan: Plan, cancelled: bool, result: Result<Mine, Error>) -> Result<(), TestCaseError> {
    let is_right = match &result {
        Ok(_) => !cancelled && matches!(plan.act, Act::Return) && !plan.capture_is_armed,
        Err(Error::Cancelled) => cancelled,
        Err(Error::Panicked { .. }) => !cancelled && (plan.capture_is_armed || !matches!(plan.act, Act::Return)),
        Err(_) => false,
    };
    prop_assert!(is_right, "{plan:?} came to {result:?}");
    Ok(())
}

const WORKERS: usize = 3;

/// Follows many plans with a pool of this many workers, and sees that all of them are there afterwards.
fn outlives<P: Executor<Hostile>>(pool: impl Fn() -> P, hold: impl Fn(&P, Probe) -> Future<Answer>) {
    let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) });
    let run = |plans: Vec<Plan>| {
        let (pool, mut gate) = (pool(), Gate::new());
        let submit =
            |plan: &Plan| pool.submit(Hostile(plan.act, Mine(plan.result_is_armed), Mine(plan.capture_is_armed)));
        let futures: Vec<_> = plans.iter().map(submit).collect();
        for (plan, future) in plans.into_iter().zip(futures) {
            follow(plan, future)?;
        }
        let held: Vec<_> = (0..WORKERS as i64).map(|number| hold(&pool, gate.hold(number))).collect();
        gate.arrivals(WORKERS);
        gate.open();
        prop_assert!(held.into_iter().all(|future| future.result().is_ok()));
        pool.shutdown(true, false);
        Ok(())
    };
    runner.run(&plans(), run).expect("every future ends as planned");
}

fn threads_outlive_whatever_panics_in_them() {
    outlives(|| ThreadPool::new(WORKERS).expect("a pool"), |pool, probe| pool.submit(probe));
}

fn processes_outlive_whatever_panics_in_them() {
    outlives(|| support::pool(WORKERS), |pool: &ProcessPool, probe| pool.submit(probe));
}
