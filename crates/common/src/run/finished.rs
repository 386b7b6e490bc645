//! What came of a run.

use std::time::Duration;

use serde_json::Value;

use crate::run::{
    Sample, Signal, Tally, Usage,
    record::{Record, SCHEMA_VERSION},
    status,
};

/// What came of a run.
pub struct Finished<S> {
    /// How many tasks ended how.
    pub tally: Tally,
    /// The samples that were kept, in order of completion.
    pub samples: Vec<S>,
    /// What the report says under the results.
    pub notes: Vec<String>,
    /// The longest time that an event loop did not turn, if it was looked at.
    pub loop_pause: Option<Duration>,
    /// What all processes used.
    pub usage: Usage,
    /// The time that the tasks took, the start and end of the pool included.
    pub elapsed: Duration,
    /// The signal that ended it early, if one did.
    pub signal: Option<Signal>,
}

impl<S: Sample> Finished<S> {
    /// The run as data.
    pub fn record(&self, strategy: &'static str, workload: &'static str, settings: Value) -> Record {
        let (counts, errors) = Record::counts(&self.tally);
        Record {
            schema_version: SCHEMA_VERSION,
            strategy,
            workload,
            settings,
            counts,
            errors,
            samples: self.samples.iter().map(S::row).collect(),
            elapsed_us: self.elapsed.as_micros() as u64,
            longest_loop_pause_us: self.loop_pause.map(|pause| pause.as_micros() as u64),
            usage: self.usage,
            interrupted: self.signal.is_some(),
        }
    }

    /// The exit status.
    pub fn status(&self) -> u8 {
        status::of(&self.tally, self.signal)
    }
}
