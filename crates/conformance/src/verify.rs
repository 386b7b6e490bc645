//! Whether what a run says is true: of its files, of its counts, of its own format.
//!
//! The worst that a downloader can do is *silent wrong success*: to report well while a file is wrong, empty or missing. So no
//! case looks at a run's JSON but through here, where the files are held against the flags and the counts against the files.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use jsonschema::Validator;
use rustix::fs::{self, Mode, OFlags};
use serde_json::Value;

use crate::program::{Ended, Run, Running};

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let schema =
        serde_json::from_str(include_str!("../../common/schemas/run.schema.json")).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
});

/// A run's JSON object that was found to be true, and what else the run left.
#[derive(Debug)]
pub struct Told {
    /// The object.
    pub json: Value,
    /// The rest.
    pub ended: Ended,
}

impl Run {
    /// Runs it with `--json` to its end, and checks all that it tells.
    #[track_caller]
    pub fn told(self) -> Told {
        Told::of(self.arg("--json").end())
    }
}

impl Running {
    /// Waits until it has ended, and checks all that it tells; it was started with `--json`.
    #[track_caller]
    pub fn wait_told(self) -> Told {
        Told::of(self.wait())
    }
}

impl Told {
    /// Checks what a run tells.
    #[track_caller]
    pub fn of(ended: Ended) -> Self {
        let json = object(&ended);
        let told = Self { json, ended };
        told.check_counts();
        told.check_files();
        told.check_rows();
        told.check_status();
        told
    }

    /// One of the counts.
    pub fn count(&self, name: &str) -> u64 {
        number(&self.json["counts"][name])
    }

    /// Checks (ok, not found, errors).
    #[track_caller]
    pub fn counts(self, ok: u64, not_found: u64, errors: u64) -> Self {
        let found = ["ok", "not_found", "errors"].map(|name| self.count(name));
        assert_eq!(found, [ok, not_found, errors], "ok, not found, errors; classes: {}", self.json["errors"]);
        self
    }

    /// Checks the exit status.
    #[track_caller]
    pub fn ends_with(self, status: i32) -> Self {
        assert_eq!(self.ended.status(), status, "exit status; stderr: {}", self.ended.stderr);
        self
    }

    /// The rows, one for each task that ended.
    pub fn rows(&self) -> &[Value] {
        self.json["samples"].as_array().expect("the schema says so")
    }

    /// The row of a code's first copy.
    #[track_caller]
    pub fn row(&self, code: &str) -> &Value {
        let row = self.rows().iter().find(|row| row["task"] == code && row["copy"] == 1);
        row.unwrap_or_else(|| panic!("no row for {code} in {}", self.json))
    }

    /// How a code's first copy ended: `ok`, `not found`, or the class of its error.
    #[track_caller]
    pub fn ending(&self, code: &str) -> String {
        let row = self.row(code);
        match text(&row["outcome"]).as_str() {
            "error" => text(&row["class"]),
            outcome => outcome.replace('_', " "),
        }
    }

    fn check_counts(&self) {
        let [asked, ok, not_found, errors, not_started, attempts] =
            ["asked", "ok", "not_found", "errors", "not_started", "attempts"].map(|name| self.count(name));
        assert_eq!(ok + not_found + errors + not_started, asked, "{}", self.json["counts"]);
        let mut outcomes = BTreeMap::<_, u64>::new();
        let mut classes = BTreeMap::<_, u64>::new();
        for row in self.rows() {
            *outcomes.entry(text(&row["outcome"])).or_default() += 1;
            if let Some(class) = row["class"].as_str() {
                *classes.entry(class.to_owned()).or_default() += 1;
            }
        }
        let outcome = |name| outcomes.get(name).copied().unwrap_or_default();
        assert_eq!([outcome("ok"), outcome("not_found"), outcome("error")], [ok, not_found, errors], "counted, told");
        let told = self.json["errors"].as_object().expect("the schema says so");
        assert_eq!(classes, told.iter().map(|(class, count)| (class.clone(), number(count))).collect());
        assert_eq!(self.rows().iter().map(|row| number(&row["attempts"])).sum::<u64>(), attempts);
        if !self.json["interrupted"].as_bool().expect("the schema says so") {
            assert_eq!(not_started, 0, "a run that is not interrupted leaves nothing out");
        }
    }

    /// A file for each success, with the very bytes of that flag, and no other file.
    fn check_files(&self) {
        let successes = self.rows().iter().filter(|row| row["outcome"] == "ok");
        let mut names = BTreeSet::new();
        for row in successes {
            let (code, copy) = (text(&row["task"]), number(&row["copy"]));
            let name = if copy == 1 { format!("{code}.gif") } else { format!("{code}-{copy}.gif") };
            let file = self.ended.files.get(&name).unwrap_or_else(|| panic!("{name} is told of, but missing"));
            let flag = flag_images::find(&code).unwrap_or_else(|| panic!("there is no flag {code}")).gif;
            assert!(file == flag, "{name} is told of, but its {} bytes are not the flag's", file.len());
            assert_eq!(number(&row["bytes"]), flag.len() as u64, "{name}");
            names.insert(name);
        }
        let strays: Vec<_> = self.ended.files.keys().filter(|name| !names.contains(*name)).collect();
        assert!(strays.is_empty(), "files that no row tells of: {strays:?}");
    }

    fn check_rows(&self) {
        let concurrency = number(&self.json["settings"]["concurrency"]);
        let elapsed = number(&self.json["elapsed_us"]);
        for row in self.rows() {
            let [start, end, worker] = ["start_us", "end_us", "worker"].map(|name| number(&row[name]));
            assert!(start <= end && end <= elapsed, "out of time: {row}");
            assert!(worker < concurrency, "no such worker: {row}");
            let phases = row["phases"].as_object().expect("the schema says so");
            assert_eq!(phases.values().map(number).sum::<u64>(), end - start, "phases do not fill the time: {row}");
        }
    }

    fn check_status(&self) {
        let status = self.ended.status();
        let expected = match self.count("errors") {
            _ if self.json["interrupted"] == true => vec![130, 143],
            0 => vec![0],
            // Whether there was any server is for the case to know.
            _ => vec![1, 3],
        };
        assert!(expected.contains(&status), "exit status {status} after {}", self.json["counts"]);
    }
}

/// Checks what a killed run has left: only whole flags, under their names; how many. Where the file system has no unnamed files, a
/// temporary one may be left as well: the process that would remove it has ended.
#[track_caller]
pub fn only_whole_flags(ended: &Ended) -> u64 {
    let unnamed = fs::open(ended.home.path(), OFlags::TMPFILE | OFlags::WRONLY, Mode::RWXU).is_ok();
    let files: Vec<_> = ended.files.iter().filter(|(name, _)| unnamed || !name.starts_with('.')).collect();
    for (name, bytes) in &files {
        let flag = name.strip_suffix(".gif").and_then(flag_images::find);
        assert!(flag.is_some_and(|flag| *bytes == flag.gif), "{name} is not a whole flag");
    }
    files.len() as u64
}

/// The JSON object that a run of any workload printed, in the form that the schema says.
#[track_caller]
pub fn object(ended: &Ended) -> Value {
    let json: Value = serde_json::from_str(&ended.stdout)
        .unwrap_or_else(|error| panic!("no JSON object on stdout: {error}; the run left {ended:?}"));
    if let Err(error) = SCHEMA.validate(&json) {
        panic!("not as the schema says, at {}: {error}", error.instance_path());
    }
    json
}

/// A number of the JSON object.
pub fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

/// A text of the JSON object.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
