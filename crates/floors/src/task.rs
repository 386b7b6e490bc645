//! What is to be fetched, and how it is saved.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// One flag.
#[derive(Debug)]
pub struct Task {
    /// Where it is saved.
    pub file: PathBuf,
    /// The server, with its port.
    pub host: String,
    /// The path on the server, from its slash on.
    pub path: String,
}

/// Reads `-o FILE URL` from each line.
pub fn read(lines: &Path) -> Result<Vec<Task>> {
    let text = fs::read_to_string(lines).with_context(|| format!("failed to read {}", lines.display()))?;
    text.lines()
        .map(|line| parse(line).with_context(|| format!("{line:?} is not `-o FILE http://HOST/PATH`")))
        .collect()
}

fn parse(line: &str) -> Option<Task> {
    let mut words = line.strip_prefix("-o ")?.split(' ');
    let (file, url) = (words.next()?, words.next()?);
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    Some(Task { file: file.into(), host: host.into(), path: format!("/{path}") })
}

impl Task {
    /// The request, as it goes over the wire.
    pub fn request(&self) -> String {
        format!("GET {} HTTP/1.1\r\nhost: {}\r\n\r\n", self.path, self.host)
    }

    /// Saves the flag whole or not at all; one that does not exist is left out.
    pub fn finish(&self, status: u16, image: &[u8]) -> Result<()> {
        let save = || {
            let temporary = self.file.with_extension("part");
            fs::write(&temporary, image)?;
            fs::rename(&temporary, &self.file)
        };
        match status {
            200 => save().with_context(|| format!("failed to save {}", self.file.display())),
            404 => Ok(()),
            _ => anyhow::bail!("{}: status {status}", self.path),
        }
    }
}
