//! What every executor must do, done by the thread pool.

use executor::behaviours::{Probe, Subject};
use executor::threads::ThreadPool;

struct Threads;

impl Subject for Threads {
    type Task = Probe;
    type Pool = ThreadPool;

    fn pool(workers: usize) -> Result<ThreadPool, String> {
        ThreadPool::new(workers).map_err(|error| error.to_string())
    }
}

executor::behaviours!(Threads);
