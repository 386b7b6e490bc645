//! Exit statuses.

use crate::run::{Signal, Tally};

/// At least one error.
pub const ERRORS: u8 = 1;
/// The server could not be reached at all.
pub const UNREACHABLE: u8 = 3;

/// The exit status of a run with these counts.
pub fn of(tally: &Tally, signal: Option<Signal>) -> u8 {
    match signal {
        Some(signal) => signal.exit_status(),
        None if tally.server_unreachable() => UNREACHABLE,
        None if tally.ok + tally.not_found < tally.asked => ERRORS,
        None => 0,
    }
}
