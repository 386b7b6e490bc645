//! What a run asks of a pool, beside running its tasks.

use executor::{ProcessPool, Shutdown, ThreadPool};

use crate::run::Usage;

/// A pool whose tasks can be given up.
pub trait Pool: Shutdown + Send + Sync + 'static {
    /// Ends the tasks that are under way, as far as that can be done from outside.
    fn cut_off(&self);

    /// What its workers used that this process's own usage does not show: complete once it is shut down.
    fn workers_usage(&self) -> Usage;
}

impl Pool for ThreadPool {
    /// A thread cannot be ended by another: its tasks look for themselves whether they are to give up.
    fn cut_off(&self) {}

    /// Threads are part of this process.
    fn workers_usage(&self) -> Usage {
        Usage::default()
    }
}

impl Pool for ProcessPool {
    /// Kills the processes, whatever they do.
    fn cut_off(&self) {
        self.kill_workers();
    }

    fn workers_usage(&self) -> Usage {
        self.usage()
    }
}
