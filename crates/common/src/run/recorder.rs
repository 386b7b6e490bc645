//! Where every strategy's samples go.

use crate::{
    http::{Flag, Outcome, Sample, Times},
    run::{Cancel, Class, Clock, Failure, Tally, Usage},
    show::progress::Show,
};

/// Takes the samples of a run as they come: counts them, shows them, and keeps them only if the report needs each.
pub struct Recorder {
    tally: Tally,
    show: Box<dyn Show>,
    kept: Option<Vec<Sample>>,
    workers: Usage,
    cancel: Cancel,
    clock: Clock,
}

impl Recorder {
    /// A recorder for so many downloads. It keeps their samples only if `keep`, so that a long run takes no memory for them.
    pub fn new(asked: usize, show: Box<dyn Show>, keep: bool, cancel: Cancel, clock: Clock) -> Self {
        Self { tally: Tally::new(asked), show, kept: keep.then(Vec::new), workers: Usage::default(), cancel, clock }
    }

    /// Takes one sample.
    pub fn record(&mut self, mut sample: Sample) {
        if let Outcome::Error(failure) = &mut sample.outcome {
            // Whatever the cut-off looked like to the client, the reason is that the run was interrupted.
            if self.cancel.grace_over() && failure.class != Class::SaveFailed {
                *failure = Failure::new(Class::Interrupted, format!("interrupted ({failure})"));
            }
        }
        self.tally.add(&sample);
        self.show.sample(&sample, &self.tally);
        if let Some(kept) = &mut self.kept {
            kept.push(sample);
        }
    }

    /// Takes note of a download that gave no sample, because its worker ended or panicked.
    pub fn lost(&mut self, flag: Flag, why: impl ToString) {
        let now = self.clock.micros();
        let mut times = Times { start: now, ..Times::default() };
        times.finish(now);
        let outcome = Outcome::Error(Failure::new(Class::WorkerLost, why.to_string()));
        self.record(Sample { flag, outcome, bytes: 0, worker: 0, attempts: 1, times });
    }

    /// Adds what workers in other processes used.
    pub fn add_workers(&mut self, usage: Usage) {
        self.workers += usage;
    }

    /// Ends the run: the tally, the samples that were kept, and what the workers in other processes used.
    pub fn finish(mut self) -> (Tally, Vec<Sample>, Usage) {
        self.show.finish(&self.tally);
        (self.tally, self.kept.unwrap_or_default(), self.workers)
    }
}
