//! The folder of a run: everything that the reports are made from.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde::de::DeserializeOwned;

use crate::base::files::{self, digest};
use crate::base::{sanity, untrusted};
use crate::record::choosing::{self, Choosing};
use crate::record::mapping::{self, Mapping};
use crate::record::program_report::ProgramReport;
use crate::record::run::Record;
use crate::record::sample::{self, Sample};

/// The folder of one run.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
}

impl Folder {
    /// A new folder under `results`: `2026-11-21-host`, or with a number behind it if there is one already.
    ///
    /// # Errors
    /// A place where no folder can be made.
    pub fn create(results: &Path, name: &str) -> Result<Self> {
        let failed = |path: &Path| format!("failed to create {}: --results names another place", path.display());
        fs::create_dir_all(results).with_context(|| failed(results))?;
        for number in 1.. {
            let path = results.join(if number == 1 { name.into() } else { format!("{name}-{number}") });
            match fs::create_dir(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => {
                    made.with_context(|| failed(&path))?;
                    return Ok(Self { path });
                }
            }
        }
        bail!("there are too many runs named {name}")
    }

    /// Where the file `name` is.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes `contents` to the file `name`, whole or not at all.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, name: &str, contents: &str) -> Result<()> {
        files::write(&self.file(name), contents.as_bytes())
    }

    /// Writes `run.json`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, record: &Record) -> Result<()> {
        self.write("run.json", &(serde_json::to_string_pretty(record)? + "\n"))
    }

    /// Reads `run.json`.
    ///
    /// # Errors
    /// A folder that is not of a run, or of a newer version.
    pub fn load(&self) -> Result<Record> {
        let path = self.file("run.json");
        let text = files::read_text(&path, sanity::LARGEST_RECORD).context("is this the folder of a run?")?;
        Record::parse(&text).with_context(|| format!("failed to read {}", path.display()))
    }

    /// What `bench choose` was asked, if this is a run of its.
    ///
    /// # Errors
    /// A file that is damaged.
    pub fn choosing(&self) -> Result<Option<Choosing>> {
        self.asked(choosing::FILE, Choosing::check)
    }

    /// The grid of `bench map`, if this is a run of its.
    ///
    /// # Errors
    /// A file that is damaged.
    pub fn mapping(&self) -> Result<Option<Mapping>> {
        self.asked(mapping::FILE, Mapping::check)
    }

    /// What a command was asked beyond the workloads, if there is such a file.
    fn asked<T: DeserializeOwned>(&self, file: &str, check: impl Fn(&T) -> Result<(), String>) -> Result<Option<T>> {
        let path = self.file(file);
        if !path.exists() {
            return Ok(None);
        }
        let failed = || format!("failed to read {}", path.display());
        let asked: T = untrusted::from_json(&files::read(&path, sanity::LARGEST_RECORD)?).with_context(failed)?;
        check(&asked).map_err(|why| anyhow!("it cannot be true: {why}")).with_context(failed)?;
        Ok(Some(asked))
    }

    /// Reads `samples.csv`.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn samples(&self) -> Result<Vec<Sample>> {
        sample::read(&self.file("samples.csv"))
    }

    /// The report that `contender` printed in round 1 of `workload`, if it prints any and got that far.
    pub fn program_report(&self, workload: &str, contender: &str) -> Option<ProgramReport> {
        let bytes = files::read(&self.file(&program_report_name(workload, contender)), sanity::LARGEST_FILE).ok()?;
        ProgramReport::parse(&bytes).ok()
    }
}

/// Where that report is, in the folder.
pub(super) fn program_report_name(workload: &str, contender: &str) -> String {
    format!("round-1/{}.{}.json", file_name(workload), file_name(contender))
}

/// A name as a file is called after it, for two names never the same: itself if it is plain, else with its digest.
fn file_name(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if name.chars().all(is_plain) {
        return name.into();
    }
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).take(40).collect();
    format!("{plain}~{}", &digest(name.as_bytes())[..16])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_second_run_of_a_day_gets_a_folder_of_its_own() {
        let results = tempfile::tempdir().unwrap();
        let names = [(); 3].map(|()| {
            let folder = Folder::create(results.path(), "2026-11-21-host").unwrap();
            folder.path.file_name().unwrap().to_string_lossy().into_owned()
        });
        assert_eq!(names, ["2026-11-21-host", "2026-11-21-host-2", "2026-11-21-host-3"]);
    }

    #[test]
    fn a_place_that_is_no_folder_is_an_error_that_says_what_to_do() {
        let error = format!("{:#}", Folder::create(Path::new("/dev/null/results"), "x").unwrap_err());
        assert!(error.contains("/dev/null/results") && error.contains("--results"), "{error}");
    }

    #[test]
    fn two_names_never_share_a_file() {
        let names =
            ["a/b", "a_b", "a b", "a.b", "../b", "", "ü", "\\u{0}"].map(|name| program_report_name("primes", name));
        assert_eq!(names[1], "round-1/primes.a_b.json");
        assert_eq!(BTreeSet::from(names.clone()).len(), names.len(), "{names:?}");
        assert_ne!(program_report_name("a", "b.c"), program_report_name("a.b", "c"));
        let long = program_report_name("x", &"国".repeat(sanity::LONGEST_NAME));
        assert!(long.len() < 100 && long.is_ascii(), "{long}");
    }

    #[test]
    fn a_folder_that_is_not_of_a_run_is_told_from_a_run() {
        let folder = Folder { path: tempfile::tempdir().unwrap().path().into() };
        assert!(format!("{:#}", folder.load().unwrap_err()).contains("is this the folder of a run?"));
    }
}
