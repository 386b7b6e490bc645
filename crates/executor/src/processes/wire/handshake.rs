//! How a process learns that it is a worker, and the first thing that it is told.

use serde::{Deserialize, Serialize};

/// The argument under which a program is started as a worker.
pub(crate) const ARGUMENT: &str = "--be-a-worker-of-the-process-pool";

/// Both sides must speak the same version of this.
pub(crate) const PROTOCOL: u32 = 1;

/// What the worker checks before it says that it is ready. It is sent as a request with this one item.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Handshake {
    pub protocol: u32,
    /// The release of this crate.
    pub release: String,
    /// The digest of the list of tasks, if the pool's program has such a list.
    pub tasks: Option<u64>,
    /// The process that the worker must not outlive.
    pub parent: u32,
    /// Which worker of its pool it is.
    pub index: usize,
    /// How many pools are around it.
    pub depth: u32,
    /// The initializer: its name's digest, and a row with one item.
    pub initializer: Option<(u64, Vec<u8>)>,
}
