//! What is said on the standard streams. A reader who went away has seen enough; a table that cannot be written is an error.

use std::io::{ErrorKind, Write, stderr, stdout};

use anyhow::{Context, Result};

use crate::base::untrusted::visible_lines;

/// Writes `text`, which stands for itself, to standard output.
///
/// # Errors
/// An output that takes it no more, unless its reader closed it.
pub fn print(text: &str) -> Result<()> {
    let written = stdout().write_all(text.as_bytes()).and_then(|()| stdout().flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("failed to write to standard output"),
    }
}

/// Says `text`, which may hold words from outside, on standard error.
pub fn say(text: &str) {
    // If standard error is closed, there is no other place to say it.
    let _ = writeln!(stderr(), "{}", visible_lines(text));
}
