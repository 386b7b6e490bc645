//! The tables and the picture of a recorded run, or the goals that it reached, spliced into a text between markers.
//!
//! `<!-- bench:table results/2026-11-21-host -->` and `<!-- /bench:table -->` stand around one small table, and so do others around
//! the other parts of [`PARTS`]: `tables` has every table and the legend, folded, `race` and `waterfall` the pictures, and `goals`
//! what `bench goals` says. The folders are named as seen from the file. What stands between them is never written by hand:
//! `bench readme --check` fails if it was.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{Ending, bin, top, transcript};
use crate::base::files;
use crate::record::folder::Folder;
use crate::record::mapping;
use crate::show::readme::{MAP, Make, PARTS};
use crate::show::terminal;

/// The most bytes of a text with markers.
const LARGEST: u64 = 16 << 20;

/// Splices the run in `dir`, or the one that the markers name, into `file`.
///
/// # Errors
/// A file without markers; a run that cannot be read.
pub fn run(dir: Option<&Path>, file: Option<&Path>, check: bool) -> Result<Ending> {
    let file = file.map_or_else(|| top().join("README.md"), PathBuf::from);
    let text = files::read_text(&file, LARGEST)?;
    let root = std::path::absolute(&file)?.parent().unwrap_or(Path::new("/")).to_path_buf();
    let named = dir.map(|dir| relative(dir, &root)).transpose()?;
    // A run is of a map or of something else, and one file may have places for both.
    let is_map = named.as_ref().is_some_and(|dir| root.join(dir).join(mapping::FILE).exists());
    let named = |part: &str| named.as_deref().filter(|_| is_map == (part == MAP));
    let spliced = splice(&text, &named, &|make, dir| make(&Folder { path: root.join(dir) }, dir))
        .and_then(|text| transcript::refresh(&text, &|command| transcript::run(&bin(None)?, command)))
        .with_context(|| format!("failed to splice {}", file.display()))?;
    if spliced == text {
        terminal::print(&format!("{} is as the recorded run and the programs say\n", file.display()))?;
        return Ok(Ending::Right);
    }
    if check {
        let file = file.display();
        terminal::say(&format!("{file} was changed by hand between the markers: run `scripts/bench readme`"));
        return Ok(Ending::Wrong);
    }
    files::write(&fs::canonicalize(&file)?, spliced.as_bytes())?;
    terminal::print(&format!("{} has the tables of the recorded run, and what the programs print\n", file.display()))?;
    Ok(Ending::Right)
}

/// `dir` as a path from `root`, which is how a text in `root` names it.
fn relative(dir: &Path, root: &Path) -> Result<String> {
    let absolute = fs::canonicalize(dir).with_context(|| format!("failed to find {}", dir.display()))?;
    let root = fs::canonicalize(root)?;
    let inside = |(up, above): (usize, &Path)| {
        let inside = absolute.strip_prefix(above).ok()?;
        Some("../".repeat(up) + &inside.to_string_lossy())
    };
    // The root of the file system is above everything.
    let relative = root.ancestors().enumerate().find_map(inside).context("the folder is nowhere")?;
    // It stands in a marker and in a link.
    let is_plain = |c: char| c.is_alphanumeric() || "-_./+=@%".contains(c);
    if !relative.chars().all(is_plain) || relative.contains("--") {
        bail!("the folder {relative:?} cannot stand in a text: give it a name of letters, digits and single hyphens");
    }
    Ok(relative)
}

/// `text` with every part between its markers made anew, from the run that `dir` has for the part, or the one that the marker names.
///
/// # Errors
/// A text without any marker, a marker without its partner or without a run; those of `part`, which makes a part from a run.
pub fn splice<'a>(
    text: &str,
    dir: &dyn Fn(&str) -> Option<&'a str>,
    part: &dyn Fn(Make, &str) -> Result<String>,
) -> Result<String> {
    let mut text = text.to_string();
    let mut found = false;
    for (name, make) in PARTS {
        let (begin, end) = (format!("<!-- bench:{name} "), format!("<!-- /bench:{name} -->"));
        let mut from = 0;
        while let Some(at) = text[from..].find(&begin).map(|at| from + at) {
            found = true;
            let marker_end =
                at + text[at..].find("-->").with_context(|| format!("the marker {begin} is never closed"))?;
            let named = text[at + begin.len()..marker_end].trim().to_string();
            let close = text[marker_end..].find(&end).with_context(|| format!("the marker {begin} has no {end}"))?;
            let dir = dir(name).unwrap_or(&named);
            from = marker_end + close + end.len();
            if dir.is_empty() {
                // No run was recorded yet: then nothing may stand there.
                if text[marker_end + "-->".len()..marker_end + close].trim().is_empty() {
                    continue;
                }
                bail!("the marker {begin}--> names no run, and yet there is something behind it");
            }
            let part = format!("{begin}{dir} -->\n{}{end}", part(make, dir)?);
            text.replace_range(at..from, &part);
            from = at + part.len();
        }
    }
    if !found {
        bail!("it has no marker like <!-- bench:table results/… --> <!-- /bench:table -->");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(_: Make, dir: &str) -> Result<String> {
        Ok(format!("scripts/bench for {dir}\n"))
    }

    const README: &str = "# Title\n<!-- bench:table results/a -->\nold\n<!-- /bench:table -->\ntext\n";

    #[test]
    fn only_what_is_between_the_markers_changes_and_twice_is_as_once() {
        let once = splice(README, &|_| None, &read).unwrap();
        assert!(
            once.starts_with("# Title\n<!-- bench:table results/a -->\n")
                && once.ends_with("<!-- /bench:table -->\ntext\n")
        );
        assert!(once.contains("scripts/bench for results/a") && !once.contains("old"));
        assert_eq!(splice(&once, &|_| None, &read).unwrap(), once);
    }

    #[test]
    fn each_of_several_markers_has_a_run_of_its_own() {
        let text = README.to_string() + &README.replace("results/a", "results/b");
        let spliced = splice(&text, &|_| None, &read).unwrap();
        assert!(spliced.contains("for results/a\n") && spliced.contains("for results/b\n"), "{spliced}");
        assert_eq!(splice(&spliced, &|_| None, &read).unwrap(), spliced);
    }

    #[test]
    fn a_run_that_is_named_replaces_the_one_in_the_marker() {
        let text = splice(README, &|_| Some("results/b"), &read).unwrap();
        assert!(text.contains("<!-- bench:table results/b -->") && !text.contains("results/a"));
    }

    #[test]
    fn markers_that_name_no_run_stay_empty() {
        let empty = "<!-- bench:table -->\n<!-- /bench:table -->\n";
        assert_eq!(splice(empty, &|_| None, &read).unwrap(), empty);
        assert!(splice(empty, &|_| Some("results/b"), &read).unwrap().contains("<!-- bench:table results/b -->"));
    }

    #[test]
    fn missing_markers_are_errors() {
        for text in ["# Title\n", "<!-- bench:table x -->\n", "<!-- bench:table -->\nby hand\n<!-- /bench:table -->\n"]
        {
            assert!(splice(text, &|_| None, &read).is_err(), "{text}");
        }
    }
}
