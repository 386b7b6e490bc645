//! What a strategy is to the rest: a name and a function for each workload.

use crate::{Cancel, Flags, Recorder, Settings};

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
    /// Downloads the flags and records each. It returns when all of them have ended and so have its workers.
    ///
    /// # Errors
    /// Only if the work could not be done at all: no client, no pool. What happens to one flag is a sample.
    pub download_many: fn(Flags, &Settings, &Cancel, &mut Recorder) -> anyhow::Result<()>,
}
