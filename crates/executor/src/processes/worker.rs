//! The pool's side of a worker: how it is started, what it is given, how it ended.

pub(crate) mod exit;
pub(crate) mod fork_server;
pub(crate) mod handle;
mod in_flight;
mod prefetch;
pub(crate) mod spawn;

use std::time::Duration;

/// How long a worker may take to end when asked, and then again when told by SIGTERM.
pub(crate) const STOP_TIMEOUT: Duration = Duration::from_millis(500);
