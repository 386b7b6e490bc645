//! Where every strategy's samples go.

use std::time::Duration;

use crate::run::{Cancel, Class, Clock, Failure, Finished, Sample, Tally, Usage};

/// Shows a sample that has come and is in the tally. When it is dropped, the run is over: what it shows is finished before the report begins.
pub type Show<S> = Box<dyn FnMut(&S, &Tally) + Send>;

/// Takes the samples of a run as they come: counts them, shows them, and keeps them only if the report needs each.
pub struct Recorder<S> {
    tally: Tally,
    show: Show<S>,
    kept: Option<Vec<S>>,
    notes: Vec<String>,
    loop_pause: Option<Duration>,
    workers: Usage,
    cancel: Cancel,
    clock: Clock,
}

impl<S: Sample> Recorder<S> {
    /// A recorder for this many tasks. It keeps their samples only if `keep`, so that a long run takes no memory for them.
    pub fn new(asked: usize, show: Show<S>, keep: bool, cancel: Cancel, clock: Clock) -> Self {
        let (tally, kept) = (Tally::new(asked), keep.then(Vec::new));
        Self { tally, show, kept, notes: Vec::new(), loop_pause: None, workers: Usage::default(), cancel, clock }
    }

    /// Takes one sample.
    ///
    /// What fails after the run was cut off is interrupted, whatever the cut looked like to the client or the pool. This is the only
    /// place that decides so.
    pub fn record(&mut self, mut sample: S) {
        if let Some(failure) = sample.failure_mut()
            && self.cancel.is_cut_off()
            && failure.class != Class::SaveFailed
        {
            *failure = Failure::interrupted();
        }
        self.tally.add(&sample);
        (self.show)(&sample, &self.tally);
        if let Some(kept) = &mut self.kept {
            kept.push(sample);
        }
    }

    /// Records a task that gave no sample, because its worker ended or it panicked.
    pub fn lost(&mut self, task: S::Task, why: impl ToString) {
        self.record(S::lost(task, Failure::new(Class::WorkerLost, why.to_string()), self.clock.micros()));
    }

    /// Adds a line to what the report says under the results.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// An event loop did not turn for this long.
    pub(crate) fn loop_paused(&mut self, pause: Duration) {
        self.loop_pause = self.loop_pause.max(Some(pause));
    }

    /// Adds what the workers of a pool used: one pool comes after another.
    pub(crate) fn add_workers(&mut self, usage: Usage) {
        self.workers = self.workers.then(usage);
    }

    /// Ends the run.
    pub(crate) fn finish(self) -> Finished<S> {
        let (elapsed, mut usage) = (self.clock.elapsed(), Usage::of_this_process());
        usage += self.workers;
        drop(self.show);
        let (samples, signal) = (self.kept.unwrap_or_default(), self.cancel.requested());
        Finished { tally: self.tally, samples, notes: self.notes, loop_pause: self.loop_pause, usage, elapsed, signal }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Ending, Signal, TaskSample};

    #[test]
    fn what_fails_is_interrupted_only_once_the_run_was_cut_off() {
        let cancel = Cancel::default();
        let show = |_: &TaskSample<u64, ()>, _: &Tally| ();
        let mut recorder = Recorder::new(4, Box::new(show), true, cancel.clone(), Clock::start());
        recorder.lost(7, "killed by SIGKILL");
        cancel.request(Signal::Interrupt);
        recorder.lost(8, "killed by SIGKILL");
        cancel.cut_off();
        recorder.lost(9, "killed by SIGKILL");
        recorder.record(TaskSample::lost(10, Failure::new(Class::SaveFailed, "the disk is full"), 0));
        let finished = recorder.finish();
        let mut seen = Vec::new();
        for sample in &finished.samples {
            let Ending::Error(failure) = sample.ending() else { panic!("each failed") };
            seen.push(failure.class);
        }
        assert_eq!(seen, [Class::WorkerLost, Class::WorkerLost, Class::Interrupted, Class::SaveFailed]);
        assert_eq!((finished.tally.interrupted(), finished.tally.not_started()), (1, 0));
    }
}
