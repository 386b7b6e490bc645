//! What the executor's test programs share: tasks that can wait at a gate, and an end for tests that would not end.

mod deadline;
mod gate;
mod probe;

pub use deadline::in_time;
pub use gate::Gate;
pub use probe::{Answer, Probe};

use std::io;

use executor::processes::StartMethod;
use executor::{Executor, Inline, ProcessPool, ThreadPool};

/// An executor under test.
pub trait Subject: 'static {
    /// What it is called in the names of the tests.
    const NAME: &'static str;

    type Executor: Executor<Probe> + Send + Sync + 'static;

    /// Makes one with at most this many workers.
    fn executor(workers: usize) -> io::Result<Self::Executor>;
}

/// Makes a pool that there is no reason to refuse.
pub fn pool<S: Subject>(workers: usize) -> S::Executor {
    S::executor(workers).expect("failed to make a pool")
}

/// Each line is an executor under test.
macro_rules! subjects {
    ($($(#[$doc:meta])* $subject:ident($name:literal): $executor:ty = |$workers:ident| $make:expr;)*) => {
        $(
            $(#[$doc])*
            pub struct $subject;

            impl Subject for $subject {
                const NAME: &'static str = $name;
                type Executor = $executor;

                fn executor($workers: usize) -> io::Result<$executor> {
                    $make
                }
            }
        )*
    };
}

subjects! {
    /// It has no workers.
    InTheCaller("inline"): Inline = |_workers| Ok(Inline);
    Threads("threads"): ThreadPool = |workers| ThreadPool::new(workers);
    Spawned("spawn"): ProcessPool = |workers| start_with(StartMethod::Spawn, workers);
    Forked("fork_server"): ProcessPool = |workers| start_with(StartMethod::ForkServer, workers);
}

fn start_with(method: StartMethod, workers: usize) -> io::Result<ProcessPool> {
    ProcessPool::builder().workers(workers).start_method(method).build()
}
