//! What the program does, a file for each command.

pub mod choose;
pub mod cli;
pub mod compare;
pub mod goals;
pub mod map;
pub mod profiles;
pub mod readme;
pub mod replay;
pub mod report;
pub mod run;
pub mod sweep;
pub mod transcript;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use signal_hook::flag;

use crate::measure::guard;

/// How a command ended, as its exit status says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All is right: 0.
    Right,
    /// A contender's answer was wrong, or a file is not as it should be: 1.
    Wrong,
    /// The user interrupted it: 130.
    Interrupted,
}

impl Ending {
    /// The exit status.
    pub fn status(self) -> u8 {
        match self {
            Self::Right => 0,
            Self::Wrong => 1,
            Self::Interrupted => 130,
        }
    }
}

/// The folder of our own programs: `named`, or that of `bench` itself.
///
/// # Errors
/// A system that does not say where a program lies.
pub fn bin(named: Option<&Path>) -> Result<PathBuf> {
    match named {
        Some(named) => std::path::absolute(named).with_context(|| format!("failed to find {}", named.display())),
        None => {
            let program = std::env::current_exe().context("failed to find out where bench lies")?;
            Ok(program.parent().unwrap_or(Path::new("/")).into())
        }
    }
}

/// The top of the source that `bench` was built from, if it still lies in its `target` folder; else this folder.
pub fn top() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let is_top = |folder: &&Path| folder.join("Cargo.toml").is_file() && folder.join("crates").is_dir();
    program.ancestors().find(is_top).unwrap_or(Path::new(".")).into()
}

/// The folder of all results.
pub fn results(named: Option<&Path>) -> PathBuf {
    named.map_or_else(|| top().join("results"), PathBuf::from)
}

/// A flag that Ctrl-C, SIGTERM, SIGHUP and SIGQUIT raise. The second one ends the program at once, and its [`guard`] what it
/// leaves.
///
/// # Errors
/// A system that takes no handler.
pub fn cancel_flag() -> Result<Arc<AtomicBool>> {
    let cancel = Arc::new(AtomicBool::new(false));
    for signal in guard::endings() {
        let status = i32::from(Ending::Interrupted.status());
        // In this order: the first signal finds the flag down, and the second finds it up.
        flag::register_conditional_shutdown(signal, status, Arc::clone(&cancel))
            .and_then(|_| flag::register(signal, Arc::clone(&cancel)))
            .context("failed to listen for Ctrl-C")?;
    }
    flag::register(guard::GONE, Arc::clone(&cancel)).context("failed to watch over the guard")?;
    Ok(cancel)
}

/// The command line that made a run, as one would type it, with `program` in the place of the program's path.
pub fn command_line(program: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=+%@".contains(c);
    let quoted = |word: String| {
        if !word.is_empty() && word.chars().all(plain) { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
    };
    let words = std::env::args_os().skip(1).map(|word| quoted(word.to_string_lossy().into_owned()));
    std::iter::once(program.to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}
