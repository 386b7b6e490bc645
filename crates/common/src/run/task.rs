//! What was measured of a task that needs no network, and where such samples go.

use std::{collections::BTreeMap, fmt::Display, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    run::{
        Cancel, Class, Clock, Failure, Tally, Usage,
        record::{Record, Row, SCHEMA_VERSION},
    },
    strategy::Strategy,
};

/// The measurement of one task: what it was, who did it and when, and the answer it gave.
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

impl<T, A> TaskSample<T, A> {
    /// Runs a task in this thread, as `worker`, and measures it.
    pub fn measure(task: T, worker: usize, clock: Clock, run: impl FnOnce() -> Result<A, Failure>) -> Self {
        let start = clock.micros();
        let answer = run();
        Self { task, answer, worker, start, end: clock.micros() }
    }

    /// How long it took.
    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.end - self.start)
    }
}

/// Shows a sample, given its place in the order of arrival.
type Show<T, A> = Box<dyn Fn(usize, &TaskSample<T, A>)>;

/// Takes the samples of a run as they come, and shows each.
pub struct TaskRecorder<T, A> {
    show: Show<T, A>,
    samples: Vec<TaskSample<T, A>>,
    notes: Vec<String>,
    workers: Usage,
    cancel: Cancel,
    clock: Clock,
}

impl<T, A> TaskRecorder<T, A> {
    /// A recorder that calls `show` with each sample and its place in the order of arrival, from 0.
    pub fn new(show: impl Fn(usize, &TaskSample<T, A>) + 'static, cancel: Cancel, clock: Clock) -> Self {
        Self { show: Box::new(show), samples: Vec::new(), notes: Vec::new(), workers: Usage::default(), cancel, clock }
    }

    /// Takes one sample.
    pub fn record(&mut self, sample: TaskSample<T, A>) {
        (self.show)(self.samples.len(), &sample);
        self.samples.push(sample);
    }

    /// Takes note of a task that gave no sample, because its worker ended or it panicked.
    pub fn lost(&mut self, task: T, why: impl Display) {
        let failure = match self.cancel.requested() {
            // By us.
            Some(_) => Failure::new(Class::Interrupted, "interrupted"),
            None => Failure::new(Class::WorkerLost, why.to_string()),
        };
        let now = self.clock.micros();
        self.record(TaskSample { task, answer: Err(failure), worker: 0, start: now, end: now });
    }

    /// Adds what workers in other processes used.
    pub fn add_workers(&mut self, usage: Usage) {
        self.workers += usage;
    }

    /// Adds a line to what the report says under the results.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// The samples so far.
    pub fn samples(&self) -> &[TaskSample<T, A>] {
        &self.samples
    }

    /// The notes so far.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl<T: Display, A> TaskRecorder<T, A> {
    /// The record of the run, whose `asked` tasks took so long. `name` is what an answer is called and counted as.
    pub(crate) fn record_of(
        &self,
        strategy: &Strategy,
        workload: &'static str,
        settings: Value,
        (asked, elapsed): (usize, Duration),
        name: impl Fn(&A) -> &'static str,
    ) -> Record {
        let mut usage = Usage::of_this_process();
        usage += self.workers;
        let mut tally = Tally { attempts: self.samples.len() as u64, ..Tally::new(asked) };
        let mut named = BTreeMap::new();
        let rows = self.samples.iter().map(|sample| {
            let outcome = match &sample.answer {
                Ok(answer) => {
                    tally.ok += 1;
                    name(answer)
                }
                Err(failure) => {
                    *tally.failures.entry(failure.class).or_default() += 1;
                    "error"
                }
            };
            *named.entry(outcome).or_default() += 1;
            let failure = sample.answer.as_ref().err();
            Row {
                class: failure.map(|failure| failure.class.to_string()),
                cause: failure.map(|failure| failure.cause.clone()),
                ..Row::new(sample.task.to_string(), outcome, sample.worker, sample.start, sample.end)
            }
        });
        let samples = rows.collect();
        let (mut counts, errors) = Record::counts(&tally);
        counts.extend(named.into_iter().filter(|(outcome, _)| !["ok", "error"].contains(outcome)));
        Record {
            schema_version: SCHEMA_VERSION,
            strategy: strategy.name,
            workload,
            settings,
            counts,
            errors,
            samples,
            elapsed_us: elapsed.as_micros() as u64,
            usage,
            interrupted: self.cancel.requested().is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Signal;

    #[test]
    fn a_task_without_a_sample_is_lost_and_after_an_interruption_interrupted() {
        let cancel = Cancel::default();
        let mut recorder = TaskRecorder::<u64, bool>::new(|_, _| (), cancel.clone(), Clock::start());
        recorder.lost(7, "killed by SIGKILL");
        cancel.request(Signal::Interrupt);
        recorder.lost(9, "killed by SIGKILL");
        let classes = recorder.samples().iter().map(|sample| sample.answer.as_ref().unwrap_err().class);
        assert_eq!(classes.collect::<Vec<_>>(), [Class::WorkerLost, Class::Interrupted]);
    }
}
