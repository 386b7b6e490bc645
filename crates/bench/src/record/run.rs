//! `run.json`: what was to be measured, with what, and where.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use crate::base::sanity;
use crate::base::untrusted;
use crate::plan::workload::{Work, Workload};
use crate::record::basis::Basis;
use crate::record::environment::Environment;

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
    /// The one that the others are compared with.
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
    /// What its time rests on, as round 0 decided.
    #[serde(default, skip_serializing_if = "Basis::is_rounds")]
    pub basis: Basis,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_a_record_is_visible() {
        let environment = Environment::unknown();
        let record =
            Record { notes: vec!["\x1b]0;title\x07".into()], ..Record::new("bench \u{202e}".into(), environment) };
        let read = Record::parse(&serde_json::to_string(&record).unwrap()).unwrap();
        assert_eq!((read.command.as_str(), read.notes[0].as_str()), (r"bench \u{202e}", r"\u{1b}]0;title\u{7}"));
    }

    #[test]
    fn a_record_of_what_cannot_be_is_refused() {
        let contender = RecordedContender {
            name: "x".into(),
            workers: 2,
            command: Vec::new(),
            why: None,
            bound_us: Some(7),
            basis: Basis::Rounds,
        };
        let workload = Workload::defaults().remove(0);
        let recorded = RecordedWorkload { workload, delays_us: None, repeats: 1, contenders: vec![contender] };
        let environment = Environment::unknown();
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
}
