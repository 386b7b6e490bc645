//! Counts the words in the files of a folder, and of those in it. What it teaches: a task can be too small.
//! To hand a file of some kilobytes to another process takes about as much processor time as to count its words.
//!
//! `cargo run --release -p side-by-side --example words -- crates`

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{self, ExitCode},
};

use serde::{Deserialize, Serialize};
use side_by_side::Work;

#[derive(Clone, Serialize, Deserialize)]
struct Count(PathBuf);

impl Work for Count {
    type Output = usize;

    fn run(self) -> usize {
        let bytes = fs::read(&self.0).unwrap_or_else(|error| panic!("{}: {error}", self.0.display()));
        bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count()
    }
}

fn main() -> ExitCode {
    side_by_side::compare(|| {
        let folder = side_by_side::arguments().into_iter().next().unwrap_or_else(|| ".".into());
        let files = files(Path::new(&folder)).unwrap_or_else(|error| {
            eprintln!("error: failed to list the files of {folder}: {error}");
            process::exit(2);
        });
        files.into_iter().map(Count)
    })
}

/// The files in a folder and in those in it, by name; links are not followed.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.file_name());
    let mut found = Vec::new();
    for entry in entries {
        let kind = entry.file_type()?;
        if kind.is_dir() {
            found.extend(files(&entry.path())?);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    Ok(found)
}
