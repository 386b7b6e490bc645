//! What a strategy is to the rest: a name and a function for each workload.

use crate::{
    http::Settings,
    run::{Cancel, Recorder, Usage},
    show::plural::plural,
    workloads::{flags::Flags, futures::Board, loiter, primes, sqrt},
};

/// See [`Strategy::show_futures`].
pub type ShowFutures = fn(Flags, &Settings, &Cancel, &mut Board) -> anyhow::Result<()>;

/// A way of running tasks. Each program hands one of these to [`main`](crate::main).
pub struct Strategy {
    /// The program's name: `thread-pool`.
    pub name: &'static str,
    /// One line for `--help`.
    pub about: &'static str,
    /// Concurrent requests unless the user says otherwise.
    pub default_max_req: usize,
    /// The most concurrent requests, whatever the user says.
    pub largest_max_req: usize,
    /// What it calls its workers: `thread`; nothing where one task runs after another.
    pub worker: Option<&'static str>,
    /// Whether its tasks share an event loop, on which one can also compute.
    pub has_event_loop: bool,
    /// Downloads the flags and records each. It returns when all of them have ended and so have its workers.
    ///
    /// # Errors
    /// Only if the work could not be done at all: no client, no pool. What happens to one flag is a sample.
    pub download_many: fn(Flags, &Settings, &Cancel, &mut Recorder) -> anyhow::Result<()>,
    /// Checks which numbers are prime, and records each in the order that the settings say.
    ///
    /// # Errors
    /// Only if the work could not be done at all: no pool, no runtime. So for the two below.
    pub check_many: fn(&primes::Settings, &Cancel, &mut primes::Recorder) -> anyhow::Result<()>,
    /// Does nothing for a while in each task, shows the results before any of them is there, and records each.
    pub loiter_many: fn(&loiter::Settings, &Cancel, &mut loiter::Recorder) -> anyhow::Result<()>,
    /// Takes square roots by an executor that it makes and shuts down, and returns their sum. Adds what workers in other processes
    /// used.
    pub root_many: fn(&sqrt::Settings, &mut Usage) -> anyhow::Result<f64>,
    /// Downloads these flags and shows each future when it is submitted and when it is finished. `None` where a task has no
    /// future.
    ///
    /// # Errors
    /// Only if the work could not be done at all.
    pub show_futures: Option<ShowFutures>,
}

impl Strategy {
    /// How it runs tasks on so many workers: `with 12 processes`, `sequentially`.
    pub(crate) fn how(&self, workers: usize) -> String {
        match self.worker {
            Some(worker) => format!("with {}", plural(workers as u64, worker)),
            None => "sequentially".into(),
        }
    }
}
