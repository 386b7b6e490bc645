//! The contenders, which are data: programs in any language, described in `bench.toml`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::workload::Workload;

/// The contenders that come with `bench`: our four strategies and their peers. Its head documents the format.
pub const DEFAULT: &str = include_str!("../bench.toml");

/// One program that can do a workload.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contender {
    /// What the table calls it. The same name may stand again for another workload.
    pub name: String,
    /// The workloads that this command does, by name or by kind.
    pub workloads: Vec<String>,
    /// Program and arguments, with placeholders.
    pub command: Vec<String>,
    /// How its answer is held against the truth.
    pub check: Check,
    /// What it says about itself.
    #[serde(default)]
    pub report: Report,
    /// The most tasks that it ever does at once, if it has a limit of its own.
    pub concurrency: Option<usize>,
    /// Whether it takes part only with `--peers`.
    #[serde(default)]
    pub peer: bool,
    /// The folder of the file that describes it: `{here}`.
    #[serde(skip)]
    pub here: PathBuf,
}

/// How an answer is held against the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// The folder holds exactly the flags of the manifest, under our names.
    Files,
    /// The folder holds exactly the contents of the manifest, under any names.
    Contents,
    /// Standard output has the right answer for each of the numbers.
    Primes,
    /// The JSON report counts every task as ok.
    Counts,
}

/// What a contender prints about its own run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Report {
    /// Nothing that we read: all is measured from outside.
    #[default]
    None,
    /// The JSON report of our own programs.
    Json,
}

impl Contender {
    /// Whether this command does `workload`.
    pub fn does(&self, workload: &Workload) -> bool {
        self.workloads.iter().any(|name| *name == workload.name || name == workload.work.kind())
    }

    /// The workers that it has for `workload`.
    pub fn workers(&self, workload: &Workload) -> usize {
        workload.work.workers().min(self.concurrency.unwrap_or(usize::MAX))
    }
}

/// The contenders of [`DEFAULT`], and after them those of `file`.
///
/// # Errors
/// A file that cannot be read or is not of the form that `bench.toml` describes.
pub fn load(file: Option<&Path>) -> Result<Vec<Contender>> {
    let mut contenders = parse(DEFAULT, Path::new(".")).context("failed to read the built-in bench.toml")?;
    if let Some(file) = file {
        let text = std::fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))?;
        let file_absolute = std::path::absolute(file)?;
        let here = file_absolute.parent().unwrap_or(Path::new("/"));
        contenders.extend(parse(&text, here).with_context(|| format!("failed to read {}", file.display()))?);
    }
    Ok(contenders)
}

/// The contenders that `text` describes, a file in the folder `here`.
///
/// # Errors
/// Text that is not TOML, an unknown field, a contender without a program, one that is checked by a report that it does not print.
pub fn parse(text: &str, here: &Path) -> Result<Vec<Contender>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        contender: Vec<Contender>,
    }
    let File { mut contender } = toml::from_str(text)?;
    for contender in &mut contender {
        if contender.command.is_empty() {
            bail!("the contender {:?} has an empty command", contender.name);
        }
        if contender.check == Check::Counts && contender.report != Report::Json {
            bail!(
                "the contender {:?} is checked by the counts of its report: it needs report = \"json\"",
                contender.name
            );
        }
        contender.here = here.to_path_buf();
    }
    Ok(contender)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_contenders_are_the_four_strategies_and_the_peers() {
        let contenders = load(None).unwrap();
        for workload in Workload::defaults() {
            let ours: Vec<_> =
                contenders.iter().filter(|one| one.does(&workload) && !one.peer).map(|one| &one.name).collect();
            assert_eq!(ours, ["sequential", "thread-pool", "process-pool", "async-tasks"], "{}", workload.name);
        }
        let peers: Vec<_> = contenders.iter().filter(|one| one.peer).map(|one| one.command[0].as_str()).collect();
        assert_eq!(peers, ["curl", "aria2c", "wget2", "xargs"]);
    }

    #[test]
    fn the_five_lines_in_the_head_of_the_file_are_a_contender() {
        let example: String = DEFAULT
            .lines()
            .filter_map(|line| line.strip_prefix("#   "))
            .take(5)
            .map(|line| format!("{line}\n"))
            .collect();
        let contenders = parse(&example, Path::new("/somewhere")).unwrap();
        assert_eq!(contenders[0].name, "my-downloader");
        assert_eq!(contenders[0].check, Check::Contents);
    }

    #[test]
    fn a_misspelt_field_is_an_error_that_names_it() {
        let text = "[[contender]]\nname = 'x'\nworkloads = ['flags']\ncomand = ['x']\ncheck = 'files'\n";
        assert!(format!("{:#}", parse(text, Path::new(".")).unwrap_err()).contains("comand"));
    }

    #[test]
    fn counts_without_a_report_are_refused() {
        let text = "[[contender]]\nname = 'x'\nworkloads = ['sqrt']\ncommand = ['x']\ncheck = 'counts'\n";
        assert!(parse(text, Path::new(".")).unwrap_err().to_string().contains("report = \"json\""));
    }
}
