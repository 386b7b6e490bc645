//! The JSON report that our own programs print about one run, as far as the benchmark reads it.

use serde::{Deserialize, Serialize};

/// What a program says about its own run.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ProgramReport {
    /// The counts of outcomes.
    pub counts: Counts,
    /// A row for each task, if the program printed them.
    #[serde(default)]
    pub samples: Vec<TaskSample>,
    /// From the first thing that it did to the last, in microseconds: pools made and shut down inside.
    pub elapsed_us: u64,
    /// The peaks of all of its processes, added up.
    pub peak_memory_kib: Option<u64>,
    /// How many processes it had.
    pub processes: Option<u64>,
}

/// The counts of outcomes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Counts {
    /// Tasks that were asked for.
    pub asked: u64,
    /// Tasks that succeeded.
    pub ok: u64,
    /// Flags that do not exist.
    #[serde(default)]
    pub not_found: u64,
    /// Tasks that failed.
    #[serde(default)]
    pub errors: u64,
}

/// What one task did, and when.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TaskSample {
    /// The country code or the number.
    pub task: String,
    /// Which copy of the flag.
    #[serde(default = "one")]
    pub copy: u64,
    /// How it ended: `ok`, `prime` …
    pub outcome: String,
    /// The worker that did it, from 0.
    #[serde(default)]
    pub worker: u64,
    /// Its start, in microseconds since the program's own.
    pub start_us: u64,
    /// Its end.
    pub end_us: u64,
    /// How long each part of a download took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<Phases>,
}

/// The parts of a download, one after another, in microseconds.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Phases {
    /// Waiting before the request, between attempts too.
    pub wait_us: u64,
    /// Making the connection.
    pub connect_us: u64,
    /// From the request to the first byte of the answer.
    pub first_byte_us: u64,
    /// Reading the body.
    pub body_us: u64,
    /// Saving it.
    pub save_us: u64,
}

fn one() -> u64 {
    1
}

impl ProgramReport {
    /// Reads what a program printed.
    ///
    /// # Errors
    /// Output that is not the report, as a fragment that fits after "its answer is wrong: ".
    pub fn parse(output: &[u8]) -> Result<Self, crate::check::Wrong> {
        serde_json::from_slice(output)
            .map_err(|error| crate::check::Wrong(format!("it printed no JSON report: {error}")))
    }

    /// The answers of a run of `primes`.
    pub fn prime_answers(&self) -> Vec<(u64, bool)> {
        self.samples.iter().filter_map(|sample| Some((sample.task.parse().ok()?, sample.outcome == "prime"))).collect()
    }
}
