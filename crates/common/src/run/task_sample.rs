//! What was measured of a task that needs no network.

use std::{fmt::Display, time::Duration};

use serde::{Deserialize, Serialize};

use crate::run::{Ending, Failure, Sample, record::Row};

/// The measurement of a task that needs no network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSample<T, A> {
    /// What it was.
    pub task: T,
    /// The answer, or why there is none.
    pub answer: Result<A, Failure>,
    /// The worker that did it, from 0.
    pub worker: usize,
    /// When it started, in microseconds since the run's clock did.
    pub start: u64,
    /// When it ended, in microseconds since the run's clock started.
    pub end: u64,
}

/// An answer that is counted by its name.
pub trait Named {
    /// `ok`, or the kind of the answer: `prime`.
    fn name(&self) -> &'static str;

    /// The answer as a record shows it, where the answers of two runs are compared.
    fn shown(&self) -> Option<String> {
        None
    }
}

impl Named for () {
    fn name(&self) -> &'static str {
        "ok"
    }
}

impl<T, A> TaskSample<T, A> {
    /// How long it took.
    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.end - self.start)
    }
}

impl<T: Display, A: Named> Sample for TaskSample<T, A> {
    type Task = T;

    fn lost(task: T, failure: Failure, at: u64) -> Self {
        Self { task, answer: Err(failure), worker: 0, start: at, end: at }
    }

    fn ending(&self) -> Ending<'_> {
        match &self.answer {
            Ok(answer) => Ending::Ok(answer.name()),
            Err(failure) => Ending::Error(failure),
        }
    }

    fn failure_mut(&mut self) -> Option<&mut Failure> {
        self.answer.as_mut().err()
    }

    fn attempts(&self) -> u32 {
        1
    }

    fn row(&self) -> Row {
        let answer = self.answer.as_ref().ok().and_then(A::shown);
        Row { answer, ..Row::new(self.task.to_string(), self.ending(), self.worker, self.start, self.end) }
    }
}
