//! Command lines that make no sense.

use std::fmt::Display;

/// What is wrong with a command line of which each argument by itself is right. The program says it as clap would, and ends with status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(String);

impl UsageError {
    /// With what is wrong.
    pub fn new(message: impl Display) -> Self {
        Self(message.to_string())
    }
}
