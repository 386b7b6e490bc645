//! The replay of a recorded run, in a page of its own.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::Ending;
use crate::analyse::summary;
use crate::record::folder::Folder;
use crate::show::{html, replay, terminal};

/// Writes the page, and prints where it is. The record stays as it is: unless `file` names another place the page is a new file in the
/// folder for temporary ones.
///
/// # Errors
/// A folder that is not of a run, or in which no run tells of its tasks; a place that cannot be written to.
pub fn run(dir: &Path, file: Option<&Path>) -> Result<Ending> {
    let folder = Folder { path: dir.into() };
    let summary = summary::read(&folder)?;
    let films = replay::films(&summary, &|workload, contender| folder.program_report(workload, contender));
    ensure!(!films.is_empty(), "no run in {} tells of its tasks: a sweep and the goals keep none", dir.display());
    let page = html::replay_page(&summary, &films);
    let path = match file {
        Some(file) => file.to_owned(),
        None => {
            let made = tempfile::Builder::new().prefix("replay-").suffix(".html").tempfile();
            made.and_then(|made| Ok(made.keep()?.1)).context("failed to make a file for the page: --out names one")?
        }
    };
    crate::base::files::write(&path, page.as_bytes())?;
    terminal::say("Open this file in a browser:");
    terminal::print(&format!("{}\n", std::path::absolute(&path)?.display()))?;
    Ok(Ending::Right)
}
