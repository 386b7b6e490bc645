//! What a strategy is called, and what it can do: all that the workloads know of it.

use serde::Serialize;

use crate::show::plural::plural;

/// The description of a strategy, which its program prints as JSON by `--describe`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Profile {
    /// The program's name: `thread-pool`.
    pub name: &'static str,
    /// One line for `--help`.
    pub about: &'static str,
    /// Concurrent requests unless the user says otherwise.
    pub default_max_req: usize,
    /// The most concurrent requests, whatever the user says.
    pub largest_max_req: usize,
    /// What it calls its workers: `thread`; `None` where one task runs after another.
    pub worker: Option<&'static str>,
    /// Whether its tasks share an event loop, on which one can also compute.
    pub has_event_loop: bool,
}

impl Profile {
    /// How it runs tasks on this many workers: `with 12 processes`, `sequentially`.
    pub(crate) fn how(&self, workers: usize) -> String {
        match self.worker {
            Some(worker) => format!("with {}", plural(workers as u64, worker)),
            None => "sequentially".into(),
        }
    }
}
