//! The user's list, written down once for all strategies.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use serde::{Serialize, de::DeserializeOwned};

/// The most tasks: each has a row in the report of every run.
const MOST: usize = 100_000;

/// A list in the form that children read.
pub struct Written {
    pub count: usize,
    pub bytes: Vec<u8>,
}

/// Writes a list down.
///
/// # Errors
/// An empty list, one that is too long, a task that cannot be serialised.
pub fn written<W: Serialize>(list: impl IntoIterator<Item = W>) -> Result<Written> {
    let tasks: Vec<W> = list.into_iter().take(MOST + 1).collect();
    match tasks.len() {
        0 => bail!("there is nothing to do: the list has no tasks"),
        count @ ..=MOST => {
            Ok(Written { count, bytes: postcard::to_stdvec(&tasks).context("failed to write the list of tasks down")? })
        }
        _ => bail!("the list has more than {MOST} tasks: let each of them do more"),
    }
}

/// Reads a list from a file.
///
/// # Errors
/// A file that cannot be read, a task that does not come back as it was written.
pub fn read<W: DeserializeOwned>(file: &Path) -> Result<Vec<W>> {
    let bytes = fs::read(file).with_context(|| format!("failed to read the list of tasks in {}", file.display()))?;
    postcard::from_bytes(&bytes)
        .context("failed to read the list of tasks: does `Deserialize` read what `Serialize` writes?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_tasks_and_not_endlessly_many() {
        let complaint = |count| written(0..count).map(|written| written.count).map_err(|error| error.to_string());
        assert_eq!(complaint(0), Err("there is nothing to do: the list has no tasks".into()));
        assert_eq!(complaint(100_000), Ok(100_000));
        assert_eq!(complaint(usize::MAX), Err("the list has more than 100000 tasks: let each of them do more".into()));
    }
}
