//! Every report of a recorded run, made again from its folder alone.

use std::path::Path;

use anyhow::Result;

use super::Ending;
use crate::analyse::summary;
use crate::record::folder::Folder;
use crate::show::report;

/// Makes the reports of `dir` again, and shows the table.
///
/// # Errors
/// A folder that is not of a run, or cannot be written to.
pub fn run(dir: &Path) -> Result<Ending> {
    let folder = Folder { path: dir.into() };
    let summary = summary::read(&folder)?;
    let shown = report::print(&summary);
    report::write(&folder, &summary)?;
    report::say_where(&folder);
    shown?;
    Ok(if summary.wrong.is_empty() { Ending::Right } else { Ending::Wrong })
}
