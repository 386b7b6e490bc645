//! The folder of a run: everything that the reports are made from.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use crate::base::files;
use crate::base::sanity;
use crate::base::untrusted;
use crate::measure::check::digest;
use crate::measure::environment::Environment;
use crate::measure::session::{Observer, Schedule, Turn};
use crate::plan::workload::{Work, Workload};
use crate::record::program_report::ProgramReport;
use crate::record::sample::{self, Sample, SampleFile};

/// The version of `run.json`.
const SCHEMA_VERSION: u32 = 1;

/// `run.json`: what was to be measured, with what, and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Raised when a field changes its meaning.
    pub schema_version: u32,
    /// The command line that made this run.
    pub command: String,
    /// Whether this is a sweep, which compares points, not contenders.
    pub sweep: bool,
    /// The seed of the order of the runs and of the server's delays.
    pub seed: u64,
    /// The time that the rounds were to take, in seconds.
    pub budget_s: f64,
    /// Whom the others are compared with.
    pub baseline: Option<String>,
    /// The machine and the build.
    pub environment: Environment,
    /// The number of rounds that round 0 decided on; none while it runs.
    pub rounds: Option<usize>,
    /// What was measured.
    pub workloads: Vec<RecordedWorkload>,
    /// What a reader has to know: peers that are missing, a disk instead of memory, an interruption.
    pub notes: Vec<String>,
}

/// One workload of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordedWorkload {
    /// The workload.
    #[serde(flatten)]
    pub workload: Workload,
    /// All of the server's delays one after another, if it has any: the same for every contender and every run.
    pub delays_us: Option<u64>,
    /// How many runs back to back those under 100 ms had.
    pub repeats: usize,
    /// Those who did it.
    pub contenders: Vec<RecordedContender>,
}

/// One contender of a workload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordedContender {
    /// Its name.
    pub name: String,
    /// How many tasks it can do at once.
    pub workers: usize,
    /// The command that it was started with, its placeholders as they stand in `bench.toml`.
    pub command: Vec<String>,
    /// Why that command is a fair one, if it is a peer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The time that no schedule of the server's delays can beat with that many workers.
    pub bound_us: Option<u64>,
}

impl RecordedWorkload {
    fn check(&self) -> Result<(), String> {
        let work = &self.workload.work;
        let (codes, copies) = match work {
            Work::Flags { codes, copies, .. } => (codes.len(), *copies),
            _ => (1, work.count()),
        };
        sanity::check([
            ("the number of tasks", codes as f64 * copies as f64),
            ("workers", work.most_at_once() as f64),
            ("delays_us", self.delays_us.unwrap_or_default() as f64),
            ("repeats", self.repeats as f64),
            ("the point of the sweep", self.workload.point.as_ref().map_or(1, |point| point.value) as f64),
        ])?;
        if self.workload.point.as_ref().is_some_and(|point| point.value == 0) {
            return Err("a sweep from nothing".to_owned());
        }
        names(self.contenders.iter().map(|contender| &contender.name))?;
        self.contenders.iter().try_for_each(|contender| {
            let bound = contender.bound_us.unwrap_or_default() as f64;
            sanity::check([("workers", contender.workers as f64), ("bound_us", bound)])
        })
    }
}

/// The most workloads of a record, and the most contenders of a workload.
const MOST_NAMES: usize = 1_000;

/// Names lead from a sample to its row, so no two may be the same.
fn names<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for name in names {
        sanity::name(name)?;
        if !seen.insert(name) {
            return Err(format!("{name:?} stands there twice"));
        }
    }
    if seen.len() > MOST_NAMES { Err(format!("there are more than {MOST_NAMES} names")) } else { Ok(()) }
}

impl Record {
    /// Reads the text of `run.json`.
    ///
    /// # Errors
    /// Text of another form, or of another version.
    pub fn parse(text: &str) -> Result<Self> {
        let record: Self = untrusted::from_json(text.as_bytes())?;
        if record.schema_version != SCHEMA_VERSION {
            bail!("it is of version {}, and this bench reads version {SCHEMA_VERSION}", record.schema_version);
        }
        record.check().map_err(|why| anyhow!("it cannot be the record of a run: {why}"))?;
        Ok(record)
    }

    /// Whether this can be the record of a run.
    fn check(&self) -> Result<(), String> {
        let environment = &self.environment;
        let [one, five, fifteen] = environment.load;
        sanity::check([
            ("budget_s", self.budget_s),
            ("started", environment.started as f64),
            ("cores", environment.cores as f64),
            ("memory_mib", environment.memory_mib as f64),
            ("rounds", self.rounds.unwrap_or_default() as f64),
            ("load", one),
            ("load", five),
            ("load", fifteen),
            ("pressure", environment.pressure.unwrap_or_default()),
        ])?;
        if self.rounds.is_some_and(|rounds| rounds > sanity::MOST_ROUNDS) {
            return Err(format!("it has more than {} rounds", sanity::MOST_ROUNDS));
        }
        if environment.cores == 0 {
            return Err("a machine without cores".to_owned());
        }
        names(self.workloads.iter().map(|recorded| &recorded.workload.name))?;
        self.workloads.iter().try_for_each(RecordedWorkload::check)
    }

    /// A record that nothing was measured for yet.
    pub fn new(command: String, environment: Environment) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            command,
            sweep: false,
            seed: 0,
            budget_s: 0.0,
            baseline: None,
            environment,
            rounds: None,
            workloads: Vec::new(),
            notes: Vec::new(),
        }
    }
}

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

fn program_report_name(workload: &str, contender: &str) -> String {
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

/// Writes a session down as it goes.
#[derive(Debug)]
pub struct Recorder {
    folder: Folder,
    record: Record,
    samples: SampleFile,
    json: Vec<(String, String)>,
}

impl Recorder {
    /// Begins the files of `record`; `json` has the workloads and contenders whose output is a JSON report.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn new(folder: Folder, record: Record, json: Vec<(String, String)>) -> Result<Self> {
        folder.save(&record)?;
        let reports = folder.file("round-1");
        fs::create_dir_all(&reports).with_context(|| format!("failed to create {}", reports.display()))?;
        let samples = SampleFile::create(&folder.file("samples.csv"))?;
        Ok(Self { folder, record, samples, json })
    }

    /// Adds a note to the record.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn note(&mut self, note: String) -> Result<()> {
        self.record.notes.push(note);
        self.folder.save(&self.record)
    }
}

impl Observer for Recorder {
    fn starting(&mut self, _turn: &Turn) {}

    fn planned(&mut self, schedule: &Schedule) -> Result<()> {
        self.record.rounds = Some(schedule.rounds);
        for (workload, repeats) in self.record.workloads.iter_mut().zip(&schedule.repeats) {
            workload.repeats = *repeats;
        }
        self.folder.save(&self.record)
    }

    fn measured(&mut self, sample: &Sample, output: &[u8]) -> Result<()> {
        self.samples.append(sample)?;
        // Of the first measured round, whatever it looks like: a picture that nobody chose. A sweep has a picture of
        // its own.
        let first = sample.round == 1 && sample.repeat == 0 && !sample.control && !self.record.sweep;
        let has_report =
            self.json.iter().any(|(workload, name)| *workload == sample.workload && *name == sample.contender);
        if first && has_report {
            let name = program_report_name(&sample.workload, &sample.contender);
            self.folder.write(&name, &String::from_utf8_lossy(output))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
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
    fn every_text_of_a_record_is_visible() {
        let environment = Environment::read(Path::new("target"), Path::new("."));
        let record =
            Record { notes: vec!["\x1b]0;title\x07".into()], ..Record::new("bench \u{202e}".into(), environment) };
        let read = Record::parse(&serde_json::to_string(&record).unwrap()).unwrap();
        assert_eq!((read.command.as_str(), read.notes[0].as_str()), (r"bench \u{202e}", r"\u{1b}]0;title\u{7}"));
    }

    #[test]
    fn a_record_of_what_cannot_be_is_refused() {
        let contender =
            RecordedContender { name: "x".into(), workers: 2, command: Vec::new(), why: None, bound_us: Some(7) };
        let workload = Workload::defaults().remove(0);
        let recorded = RecordedWorkload { workload, delays_us: None, repeats: 1, contenders: vec![contender] };
        let environment = Environment::read(Path::new("target"), Path::new("."));
        let good = Record { workloads: vec![recorded], ..Record::new("bench".into(), environment) };
        let parse = |record: &Record| Record::parse(&serde_json::to_string(record).unwrap());
        parse(&good).unwrap();
        type Change = fn(&mut Record);
        let changes: [(&str, Change); 8] = [
            ("version 2", |record| record.schema_version = 2),
            ("a machine without cores", |record| record.environment.cores = 0),
            ("budget_s is 1e300", |record| record.budget_s = 1e300),
            ("\"flags-local\" stands there twice", |record| record.workloads.push(record.workloads[0].clone())),
            ("the number of tasks", |record| {
                record.workloads[0].workload.work = Work::Sqrt { count: 1 << 60, workers: 1 }
            }),
            ("more than 1000 rounds", |record| record.rounds = Some(1_001)),
            ("a name has 81 characters", |record| record.workloads[0].contenders[0].name = "国".repeat(81)),
            ("workers is", |record| record.workloads[0].contenders[0].workers = 1 << 60),
        ];
        for (why, change) in changes {
            let mut record = good.clone();
            change(&mut record);
            let error = parse(&record).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_folder_that_is_not_of_a_run_is_told_from_a_run() {
        let folder = Folder { path: tempfile::tempdir().unwrap().path().into() };
        assert!(format!("{:#}", folder.load().unwrap_err()).contains("is this the folder of a run?"));
    }
}
