//! How long things may last, and how many there may be, so that a server of faults can be left running.

use std::time::Duration;

/// How long a client may take, how long it may be kept waiting, and how many there may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The connections that are served at a time. More of them wait to be accepted.
    pub connections: usize,
    /// How long a connection may be without a request.
    pub idle: Duration,
    /// How long a request's head may take, from its first byte.
    pub head: Duration,
    /// How long what never ends goes on, after its request.
    pub play: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 2_048,
            idle: Duration::from_secs(120),
            head: Duration::from_secs(10),
            play: Duration::from_secs(180),
        }
    }
}
