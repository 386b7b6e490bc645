//! Every report of a run, from its folder alone.

use std::io::{IsTerminal, stdout};
use std::path::Path;

use anyhow::Result;

use super::Ending;
use crate::record::Folder;
use crate::summary::{self, Summary};
use crate::table;

/// Makes the reports of `dir` again, and shows the table.
///
/// # Errors
/// A folder that is not of a run, or cannot be written to.
pub fn run(dir: &Path) -> Result<Ending> {
    let folder = Folder { path: dir.into() };
    let summary = write(&folder)?;
    show(&summary, stdout().is_terminal());
    Ok(if summary.wrong.is_empty() { Ending::Right } else { Ending::Wrong })
}

/// Makes every report of a run.
///
/// # Errors
/// A folder that is not of a run, or cannot be written to.
pub fn write(folder: &Folder) -> Result<Summary> {
    let summary = summary::read(folder)?;
    folder.write("table.txt", &table::terminal(&summary, false))?;
    folder.write("table.md", &table::markdown(&summary))?;
    folder.write("results.csv", &table::csv(&summary)?)?;
    folder.write("results.json", &(serde_json::to_string_pretty(&summary)? + "\n"))?;
    Ok(summary)
}

/// Prints the table. A reader who closes the pipe early has seen enough.
pub fn show(summary: &Summary, terminal: bool) {
    let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let _ = std::io::Write::write_all(&mut stdout(), table::terminal(summary, colour).as_bytes());
}
