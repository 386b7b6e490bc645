//! What was measured of one download.

use serde::{Deserialize, Serialize};

use crate::{
    http::{Flag, rounds::hexadecimal},
    run::{Ending, Failure, Sample, record::Row},
};

/// How one flag's download ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Saved whole.
    Ok,
    /// The server has no such flag (404): an expected outcome.
    NotFound,
    /// Anything else. It ends this flag only, and the run goes on.
    Error(Failure),
}

/// The measurement of one download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagSample {
    /// The flag that was asked for.
    pub flag: Flag,
    /// How it ended.
    pub outcome: Outcome,
    /// Bytes saved.
    pub bytes: u64,
    /// What the [rounds](crate::http::Rounds) over it gave, if it had any.
    pub digest: Option<[u8; 32]>,
    /// The worker that did it, from 0.
    pub worker: usize,
    /// Requests it took, redirects not counted: 1, and one for each retry.
    pub attempts: u32,
    /// When each phase ended.
    pub times: Times,
}

impl Sample for FlagSample {
    type Task = Flag;

    fn lost(flag: Flag, failure: Failure, at: u64) -> Self {
        let mut times = Times { start: at, ..Times::default() };
        times.finish(at);
        Self { flag, outcome: Outcome::Error(failure), bytes: 0, digest: None, worker: 0, attempts: 1, times }
    }

    fn ending(&self) -> Ending<'_> {
        match &self.outcome {
            Outcome::Ok => Ending::Ok("ok"),
            Outcome::NotFound => Ending::NotFound,
            Outcome::Error(failure) => Ending::Error(failure),
        }
    }

    fn failure_mut(&mut self) -> Option<&mut Failure> {
        match &mut self.outcome {
            Outcome::Error(failure) => Some(failure),
            _ => None,
        }
    }

    fn attempts(&self) -> u32 {
        self.attempts
    }

    fn row(&self) -> Row {
        let Times { start, end, .. } = self.times;
        let phases = self.times.phases().into_iter().filter(|(name, ..)| self.digest.is_some() || *name != COMPUTE);
        Row {
            copy: self.flag.copy,
            bytes: self.bytes,
            attempts: self.attempts,
            phases: phases.map(|(name, begin, end)| (name, end - begin)).collect(),
            digest: self.digest.as_ref().map(hexadecimal),
            ..Row::new(self.flag.code.to_string(), self.ending(), self.worker, start, end)
        }
    }
}

/// The phase that only a run with [rounds](crate::http::Rounds) has.
const COMPUTE: &str = "compute";

/// The times of one download, in microseconds since the run's clock started; each at or after the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// The worker took it up.
    pub start: u64,
    /// Its last request began: after failed attempts and the waits between them, if there were any.
    pub request: u64,
    /// That request had its connection; where one was used again, at once.
    pub connected: u64,
    /// The head of the answer had arrived.
    pub first_byte: u64,
    /// The body had arrived.
    pub body: u64,
    /// What was to be computed of it was; where nothing was, at once.
    pub computed: u64,
    /// It was saved, or given up.
    pub end: u64,
}

impl Times {
    /// Puts the times that a failure left out where it happened, so that they never run backwards.
    pub fn finish(&mut self, now: u64) {
        let mut latest = self.start;
        for time in [&mut self.request, &mut self.connected, &mut self.first_byte, &mut self.body, &mut self.computed] {
            latest = latest.max(*time);
            *time = latest;
        }
        self.end = now.max(latest);
    }

    /// The phases by name, as (name, begin, end).
    pub fn phases(&self) -> [(&'static str, u64, u64); 6] {
        [
            ("wait", self.start, self.request),
            ("connect", self.request, self.connected),
            ("first_byte", self.connected, self.first_byte),
            ("body", self.first_byte, self.body),
            (COMPUTE, self.body, self.computed),
            ("save", self.computed, self.end),
        ]
    }
}
