//! A run as data: the JSON object of `--json`, whose schema is `schemas/run.schema.json`, and the Chrome trace of `--trace`.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, json};

use crate::run::{Ending, Tally, Usage};

/// The version of the format; it changes whenever a reader of the older one could misunderstand the new one.
pub const SCHEMA_VERSION: u32 = 1;

/// A run of one workload by one strategy.
#[derive(Serialize)]
pub struct Record {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The strategy's name.
    pub strategy: &'static str,
    /// The workload's name.
    pub workload: &'static str,
    /// Every knob.
    pub settings: Value,
    /// How many tasks ended how.
    pub counts: BTreeMap<&'static str, u64>,
    /// The errors by class.
    pub errors: BTreeMap<String, u64>,
    /// A row per task, in order of completion.
    pub samples: Vec<Row>,
    /// The time that the tasks took, the start and end of the pool included, in microseconds.
    pub elapsed_us: u64,
    /// The longest time that an event loop did not turn, if it was looked at, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_loop_pause_us: Option<u64>,
    /// What the run cost, all processes together.
    #[serde(flatten)]
    pub usage: Usage,
    /// Whether it was ended early by a signal.
    pub interrupted: bool,
}

/// One task of a run.
#[derive(Serialize)]
pub struct Row {
    /// What it was: a country code, a number.
    pub task: String,
    /// Which copy of it, from 1.
    pub copy: u32,
    /// How it ended.
    pub outcome: &'static str,
    /// The class of its failure.
    pub class: Option<String>,
    /// The cause of its failure.
    pub cause: Option<String>,
    /// Bytes saved.
    pub bytes: u64,
    /// The worker that did it, from 0.
    pub worker: usize,
    /// How often it was tried.
    pub attempts: u32,
    /// When it started, in microseconds since the run did.
    pub start_us: u64,
    /// When it ended, in microseconds since the run started.
    pub end_us: u64,
    /// What it gave, of a workload whose answers are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Its phases in order, as (name, microseconds).
    #[serde(serialize_with = "as_map")]
    pub phases: Vec<(&'static str, u64)>,
    /// What was computed of it, in hexadecimal, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl Row {
    /// The row of a task that was tried once, fetched nothing and has no phases.
    pub fn new(task: String, ending: Ending, worker: usize, start_us: u64, end_us: u64) -> Self {
        let (outcome, failure) = match ending {
            Ending::Ok(name) => (name, None),
            Ending::NotFound => ("not_found", None),
            Ending::Error(failure) => ("error", Some(failure)),
        };
        Self {
            task,
            copy: 1,
            outcome,
            class: failure.map(|failure| failure.class.to_string()),
            cause: failure.map(|failure| failure.cause.clone()),
            bytes: 0,
            worker,
            attempts: 1,
            start_us,
            end_us,
            answer: None,
            phases: Vec::new(),
            digest: None,
        }
    }
}

impl Record {
    /// The counts and the errors of a tally, as the record has them.
    pub fn counts(tally: &Tally) -> (BTreeMap<&'static str, u64>, BTreeMap<String, u64>) {
        let counts = [
            ("asked", tally.asked),
            ("ok", tally.ok),
            ("not_found", tally.not_found),
            ("errors", tally.errors()),
            ("not_started", tally.not_started()),
            ("attempts", tally.attempts),
        ];
        let counts = counts.into_iter().chain(tally.named.clone()).collect();
        (counts, tally.failures.iter().map(|(class, count)| (class.to_string(), *count)).collect())
    }

    /// Writes the run as Chrome trace events, which Perfetto and `chrome://tracing` open: a lane per worker, a slice per task and
    /// its phases inside.
    ///
    /// # Errors
    /// The writer's.
    pub fn write_trace(&self, mut out: impl Write) -> io::Result<()> {
        let workers = self.samples.iter().map(|row| row.worker + 1).max().unwrap_or_default();
        // Perfetto takes lane 0 and lane 1 for one.
        let lane = |worker: usize| worker + 1;
        let name = |worker: usize| json!({"name": "thread_name", "ph": "M", "pid": 1, "tid": lane(worker), "args": {"name": format!("worker {worker}")}});
        let process = json!({"name": "process_name", "ph": "M", "pid": 1, "args": {"name": self.strategy}});
        write!(out, "{{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n{process}")?;
        for event in (0..workers).map(name) {
            write!(out, ",\n{event}")?;
        }
        for row in &self.samples {
            let slice = |name: &str, category: &str, begin: u64, duration: u64, args: Value| json!({"name": name, "cat": category, "ph": "X", "pid": 1, "tid": lane(row.worker), "ts": begin, "dur": duration, "args": args});
            let args =
                json!({"outcome": row.outcome, "cause": row.cause, "bytes": row.bytes, "attempts": row.attempts});
            write!(out, ",\n{}", slice(&row.task, self.workload, row.start_us, row.end_us - row.start_us, args))?;
            let mut begin = row.start_us;
            for &(name, duration) in row.phases.iter().filter(|(_, duration)| *duration > 0) {
                write!(out, ",\n{}", slice(&name.replace('_', " "), "phase", begin, duration, json!({})))?;
                begin += duration;
            }
        }
        out.write_all(b"\n]}\n")?;
        out.flush()
    }
}

fn as_map<S: Serializer>(phases: &[(&'static str, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(phases.len()))?;
    for (name, duration) in phases {
        map.serialize_entry(&format!("{name}_us"), duration)?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        http::Settings,
        run::{Class, Phase},
    };

    fn schema() -> Value {
        serde_json::from_str(include_str!("../../schemas/run.schema.json")).unwrap()
    }

    fn names(object: &Value) -> BTreeSet<&str> {
        object.as_object().unwrap().keys().map(String::as_str).collect()
    }

    /// The schema says more than the types can, as what a failed row must have; so it is written by hand, and held against them here.
    #[test]
    fn the_schema_has_every_field_and_no_other() {
        let schema = schema();
        let (counts, errors) = Record::counts(&Tally::new(1));
        let record = Record {
            schema_version: SCHEMA_VERSION,
            strategy: "sequential",
            workload: "flags",
            settings: Settings::new("http://h.example/flags".parse().unwrap(), vec![]).knobs(),
            counts,
            errors,
            samples: vec![Row {
                answer: Some("7".into()),
                digest: Some(String::new()),
                ..Row::new("BR".into(), Ending::NotFound, 0, 0, 0)
            }],
            elapsed_us: 0,
            longest_loop_pause_us: Some(0),
            usage: Usage::default(),
            interrupted: false,
        };
        let record = serde_json::to_value(record).unwrap();
        let definitions = &schema["$defs"];
        assert_eq!(names(&record), names(&schema["properties"]));
        assert_eq!(names(&record["samples"][0]), names(&definitions["sample"]["properties"]));
        assert_eq!(names(&record["settings"]), names(&definitions["flags_settings"]["properties"]));
        assert!(names(&record["counts"]).is_subset(&names(&schema["properties"]["counts"]["properties"])));
        assert_eq!(schema["properties"]["schema_version"]["const"], SCHEMA_VERSION);
    }

    #[test]
    fn the_schema_has_every_class_of_failure_and_no_other() {
        use Class::*;
        let [connect, first_byte, body] = [Phase::Connect, Phase::FirstByte, Phase::Body].map(Timeout);
        let transport = [connect, first_byte, body, Refused, Dns, Tls, Reset, Closed, Truncated, Protocol];
        let others = [Redirect, TooLarge, NotAGif, SaveFailed, Exhausted, Interrupted, WorkerLost];
        let ours: Vec<_> = transport.into_iter().chain(others).map(|class| class.to_string()).collect();
        assert_eq!(schema()["$defs"]["class"]["anyOf"][0]["enum"], json!(ours));
    }
}
