//! What a fork server reports to the pool.

use serde::{Deserialize, Serialize};

use crate::processes::Usage;

/// What the server reports.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum ServerEvent {
    /// The worker that was asked for first is there, and has this number.
    Started(i32),
    /// It cannot be started, and why.
    Failed(String),
    /// What the server used up, at its end.
    Usage(Usage),
}

impl ServerEvent {
    /// No event is longer, in bytes.
    pub const LONGEST: usize = 512;
}
