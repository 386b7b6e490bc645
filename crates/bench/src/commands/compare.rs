//! Two recorded runs of the same work, side by side.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table as Grid};

use super::{Ending, results};
use crate::analyse::summary::{self, Row, Summary, Table};
use crate::analyse::verdict::Verdict;
use crate::base::numbers::speed;
use crate::base::statistics::{Interval, interval};
use crate::base::untrusted::visible;
use crate::record::folder::Folder;
use crate::show::{column, terminal};

/// Compares `old` with `new`, or with the newest run under `root`.
///
/// # Errors
/// Folders that are not of runs, or whose runs did not do the same work.
pub fn run(old: &Path, new: Option<&Path>, root: Option<&Path>) -> Result<Ending> {
    let new = match new {
        Some(new) => new.to_path_buf(),
        None => newest(&results(root), old)?,
    };
    let read = |path: &Path| summary::read(&Folder { path: path.into() });
    let (before, after) = (read(old)?, read(&new)?);
    let text = compare(&before, &after)?;
    let [old, new] = [old, &new].map(|path| visible(&path.to_string_lossy()));
    terminal::print(&format!("old  {old}\nnew  {new}\n\n{text}"))?;
    Ok(Ending::Right)
}

/// The newest run under `root` that is not `old`.
fn newest(root: &Path, old: &Path) -> Result<PathBuf> {
    let old = fs::canonicalize(old).with_context(|| format!("failed to find {}", old.display()))?;
    let mut runs = Vec::new();
    for entry in fs::read_dir(root).with_context(|| format!("failed to read {}", root.display()))? {
        let path = entry?.path();
        if fs::canonicalize(&path).is_ok_and(|path| path == old) {
            continue;
        }
        if let Ok(record) = (Folder { path: path.clone() }).load() {
            runs.push((record.environment.started, path));
        }
    }
    runs.sort();
    let newest = runs.pop().map(|(_, path)| path);
    newest.with_context(|| format!("failed to find another run in {}: name the newer one", root.display()))
}

/// The comparison as a terminal shows it.
///
/// # Errors
/// Runs without a workload in common, or with different work under one name.
pub fn compare(before: &Summary, after: &Summary) -> Result<String> {
    let mut text = environments(before, after);
    let mut compared = 0;
    for new in &after.workloads {
        let name = &new.recorded.workload.name;
        let Some(old) = before.workloads.iter().find(|one| one.recorded.workload.name == *name) else { continue };
        if old.recorded.workload != new.recorded.workload || old.recorded.delays_us != new.recorded.delays_us {
            bail!("{name} is not the same work in both runs: {} before, and {} now", old.title, new.title);
        }
        text += &format!(
            "\n{name}: {}\n{}\n",
            new.title,
            grid(old, new, [before, after].map(|run| run.run.baseline.as_deref()))
        );
        compared += 1;
    }
    if compared == 0 {
        bail!("the two runs have no workload in common");
    }
    text += "\n  The runs were made at different times: what else the machine did is in the ratios, and no pairing takes\n  \
             it out. The last two columns compare each strategy with the baseline of its own run, which does.\n";
    Ok(text)
}

/// Both machines and builds, a line where they agree and two where they differ.
fn environments(before: &Summary, after: &Summary) -> String {
    let lines = |summary: &Summary| summary.run.environment.lines();
    let mut text = String::new();
    for (name, new) in lines(after) {
        match lines(before).into_iter().find(|(other, _)| *other == name) {
            Some((_, old)) if old == new => text += &format!("{name:>8}  both  {new}\n"),
            Some((_, old)) => text += &format!("{name:>8}  old   {old}\n{:>8}  new   {new}\n", ""),
            None => text += &format!("{name:>8}  new   {new}\n"),
        }
    }
    text
}

fn grid(old: &Table, new: &Table, [old_base, new_base]: [Option<&str>; 2]) -> String {
    let mut grid = Grid::new();
    grid.load_style(UTF8_FULL_CONDENSED);
    grid.set_header([
        "strategy",
        "old",
        "new",
        "new against old",
        "verdict",
        "old, by its baseline",
        "new, by its baseline",
    ]);
    let band = old.noise_band.max(new.noise_band);
    for row in new.contenders() {
        let Some(then) = old.contenders().find(|one| one.contender == row.contender) else {
            grid.add_row([&row.contender, "–", &column::time(row), "–", "new here", "–", &ratio(row, new_base)]);
            continue;
        };
        let (median, ends) = quotient(then, row);
        grid.add_row([
            row.contender.clone(),
            column::time(then),
            column::time(row),
            speed(median, None),
            then.basis.max(row.basis).mark().unwrap_or(Verdict::of(ends, band).word()).into(),
            ratio(then, old_base),
            ratio(row, new_base),
        ]);
    }
    for row in old.contenders().filter(|row| new.contenders().all(|one| one.contender != row.contender)) {
        grid.add_row([&row.contender, &column::time(row), "–", "–", "gone", &ratio(row, old_base), "–"]);
    }
    for column in grid.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    grid.to_string()
}

/// New over old: of the medians, and the widest that the intervals of both medians allow.
fn quotient(old: &Row, new: &Row) -> (f64, Option<Interval>) {
    let ends = interval(&old.times_us)
        .zip(interval(&new.times_us))
        .map(|(old, new)| Interval { low: new.low / old.high, high: new.high / old.low });
    (new.time_us / old.time_us, ends)
}

fn ratio(row: &Row, baseline: Option<&str>) -> String {
    match &row.ratio {
        None if baseline == Some(row.contender.as_str()) => "1".into(),
        None => "–".into(),
        Some(ratio) => speed(ratio.median, ratio.interval) + &ratio.basis.suffix(),
    }
}
