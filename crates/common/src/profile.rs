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
    /// The concurrent requests that the chapter's own program has by default: `--as-the-chapter`.
    pub chapter_max_req: usize,
    /// The most concurrent requests, whatever the user says.
    pub largest_max_req: usize,
    /// What it calls its workers: `thread`; `None` where one task runs after another.
    pub worker: Option<&'static str>,
    /// Whether its tasks share an event loop, on which one can also compute.
    pub has_event_loop: bool,
}

/// Concurrent requests unless the user says otherwise: the same for every strategy that can have them, so that two runs with the same
/// arguments differ by the strategy alone. It is what the chapter gives its threads.
const DEFAULT_MAX_REQ: usize = 30;

impl Profile {
    /// Concurrent requests unless the user says otherwise.
    pub(crate) fn default_max_req(&self) -> usize {
        DEFAULT_MAX_REQ.min(self.largest_max_req)
    }

    /// How it runs tasks on this many workers: `with 12 processes`, `sequentially`.
    pub(crate) fn how(&self, workers: usize) -> String {
        match self.worker {
            Some(worker) => format!("with {}", plural(workers as u64, worker)),
            None => "sequentially".into(),
        }
    }
}
