//! A run, as a strategy sees it.

use std::{iter, sync::Arc, time::Duration};

use executor::{Error, Shutdown};

use crate::run::{Cancel, Finished, Pool, Recorder, Sample, Usage};

/// A run that is under way: each workload's function is handed one. It takes the samples, and stops the pool when the run is cancelled.
pub struct Run<S> {
    cancel: Cancel,
    recorder: Recorder<S>,
}

impl<S: Sample> Run<S> {
    /// A run whose samples go to `recorder`.
    pub fn new(cancel: &Cancel, recorder: Recorder<S>) -> Self {
        Self { cancel: cancel.clone(), recorder }
    }

    /// Runs the tasks, which `work` starts and waits for.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn perform(mut self, work: impl FnOnce(&mut Self) -> anyhow::Result<()>) -> anyhow::Result<Finished<S>> {
        let cancel = self.cancel.clone();
        cancel.during(|| work(&mut self))?;
        Ok(self.recorder.finish())
    }

    /// How the run's end is asked for.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Has the run stop this pool when it is cancelled: what has not started is given up, and what is still under way when the grace is over is
    /// cut off.
    pub fn pool<P: Pool>(&self, pool: P) -> Arc<P> {
        let pool = Arc::new(pool);
        let (asked, cut) = (pool.clone(), pool.clone());
        self.cancel.on_request(move || asked.shutdown(false, true));
        self.cancel.on_cut_off(move || cut.cut_off());
        pool
    }

    /// Shuts a pool down, waits for its workers, and adds what they used.
    pub fn shut_down(&mut self, pool: &impl Pool) {
        pool.shutdown(true, false);
        self.add_workers(pool.workers_usage());
    }

    /// Takes the sample of a task.
    pub fn sample(&mut self, sample: S) {
        self.recorder.record(sample);
    }

    /// Takes the result of a task's future. A task that was cancelled before it started leaves none: it counts as not started.
    pub fn record(&mut self, task: S::Task, result: Result<S, Error>) {
        match result {
            Ok(sample) => self.recorder.record(sample),
            Err(Error::Cancelled | Error::Shutdown) => {}
            Err(error) => self.recorder.lost(task, error),
        }
    }

    /// Adds a line to what the report says under the results.
    pub fn note(&mut self, note: String) {
        self.recorder.note(note);
    }

    /// Takes the longest time that an event loop did not turn.
    pub fn loop_paused(&mut self, pause: Duration) {
        self.recorder.loop_paused(pause);
    }

    /// Adds what the workers of a pool used that has ended.
    pub fn add_workers(&mut self, usage: Usage) {
        self.recorder.add_workers(usage);
    }
}

/// The same futures, after the last of which the pool takes no more tasks: a worker that finds nothing left to do may then end while others
/// still work.
pub fn then_close<T>(pool: &impl Shutdown, submitted: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    submitted.chain(iter::from_fn(|| {
        pool.shutdown(false, false);
        None
    }))
}

/// The worker that runs the calling task, from 0; 0 where there is no other.
pub fn this_worker() -> usize {
    executor::worker().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::run::{Clock, Show, Signal, Tally, TaskSample};

    type Number = TaskSample<u64, ()>;

    fn run(asked: usize) -> Run<Number> {
        let (cancel, show) = (Cancel::default(), Box::new(|_: &Number, _: &Tally| ()) as Show<Number>);
        Run::new(&cancel, Recorder::new(asked, show, true, cancel.clone(), Clock::start()))
    }

    /// Remembers what it was asked to do.
    #[derive(Default)]
    struct Remembering(Mutex<Vec<String>>);

    impl Shutdown for Remembering {
        fn shutdown(&self, wait: bool, cancel_futures: bool) {
            self.0.lock().unwrap().push(format!("shutdown {wait} {cancel_futures}"));
        }
    }

    impl Pool for Remembering {
        fn cut_off(&self) {
            self.0.lock().unwrap().push("cut off".into());
        }

        fn workers_usage(&self) -> Usage {
            Usage { processes: 2, ..Usage::default() }
        }
    }

    #[test]
    fn a_pool_gives_up_what_has_not_started_and_after_the_grace_what_has() {
        let run = run(1);
        let pool = run.pool(Remembering::default());
        run.cancel().request(Signal::Interrupt);
        assert_eq!(*pool.0.lock().unwrap(), ["shutdown false true"]);
        run.cancel().cut_off();
        assert_eq!(*pool.0.lock().unwrap(), ["shutdown false true", "cut off"]);
    }

    #[test]
    fn a_pool_is_waited_for_and_what_its_workers_used_is_added() {
        let (mut run, pool) = (run(0), Remembering::default());
        run.shut_down(&pool);
        assert_eq!(*pool.0.lock().unwrap(), ["shutdown true false"]);
        assert_eq!(run.perform(|_| Ok(())).unwrap().usage.processes, 1 + 2);
    }

    #[test]
    fn a_task_that_was_cancelled_counts_as_not_started_and_a_lost_one_as_an_error() {
        let mut run = run(4);
        run.record(1, Err(Error::Cancelled));
        run.record(2, Err(Error::Shutdown));
        run.record(3, Err(Error::Abandoned));
        run.record(4, Ok(TaskSample { task: 4, answer: Ok(()), worker: 0, start: 0, end: 0 }));
        let finished = run.perform(|_| Ok(())).unwrap();
        let tally = &finished.tally;
        assert_eq!((tally.ok, tally.errors(), tally.not_started()), (1, 1, 2));
        assert_eq!(finished.status(), 1);
    }

    #[test]
    fn a_pool_is_closed_once_the_last_task_is_submitted() {
        let pool = Remembering::default();
        let mut submitted = then_close(&pool, 0..2);
        assert_eq!((submitted.next(), submitted.next()), (Some(0), Some(1)));
        assert!(pool.0.lock().unwrap().is_empty());
        assert_eq!(submitted.next(), None);
        assert_eq!(*pool.0.lock().unwrap(), ["shutdown false false"]);
    }
}
