//! When the pool starts more workers: while tasks wait, and as long as that helps.
//!
//! There are none at first. While tasks wait, workers are started: one, and then as many again as there are, up to the maximum. Beyond one for
//! each processor, the pool looks whether the last ones helped: if answers flow, but not faster than before (at least half of what as many
//! more would give), no more are started for 0.1 s. Workers that do not answer, because they wait for something, are no reason not to start
//! others. So 676 codes from a fast server, with 30 workers allowed, are mostly fetched by 4 or 8 of them on two processors, in 0.79 of the
//! time that 30 take (`process-pool flags -e -m 30`, median of 15 interleaved rounds); and 30 that wait for a slow server are there as soon as
//! before.

use std::time::{Duration, Instant};

/// How long tasks may wait beside a new worker before the next ones are started: for tiny tasks one is enough.
const GRACE: Duration = Duration::from_micros(300);

/// The workers' speed is known after this many answers from each, or after this time.
const ENOUGH: usize = 8;
const AT_MOST: Duration = Duration::from_millis(5);

/// How long no more are started after some that did not help. Then it is tried again, since the tasks may be different ones.
const HOLD: Duration = Duration::from_millis(100);

/// How fast tasks are answered, by how many workers.
#[derive(Debug)]
pub(crate) struct Growth {
    processors: usize,
    /// Before this, no worker is started beside others.
    at: Instant,
    /// Since when answers are counted.
    since: Instant,
    answered: usize,
    /// Answers a second, and the workers who gave them, before the last ones were started.
    before: (f64, usize),
    /// The last ones did not help.
    on_hold: bool,
}

impl Growth {
    pub fn new(processors: usize, now: Instant) -> Self {
        Self { processors, at: now, since: now, answered: 0, before: (0.0, 0), on_hold: false }
    }

    /// A worker is ready.
    pub fn ready(&mut self, now: Instant) {
        self.count_from(now, GRACE);
    }

    /// Workers have answered this many tasks.
    pub fn answered(&mut self, answers: usize) {
        self.answered += answers;
    }

    /// A worker could not be started.
    pub fn put_off(&mut self, until: Instant) {
        self.at = until;
    }

    /// When to ask again whether it is time.
    pub fn at(&self) -> Instant {
        self.at
    }

    /// Is it time for more workers than these? Tasks wait.
    pub fn is_due(&mut self, workers: usize, now: Instant) -> bool {
        if now < self.at {
            return false;
        }
        let elapsed = now.duration_since(self.since).as_secs_f64();
        let (rate_before, workers_before) = self.before;
        // Each of them has answered; or has had the time to, at the rate of before.
        let flows = self.answered >= workers;
        let is_enough =
            if flows { self.answered >= ENOUGH * workers } else { elapsed * rate_before >= 2.0 * workers as f64 };
        let is_known = is_enough || rate_before == 0.0 || elapsed >= AT_MOST.as_secs_f64();
        if workers >= self.processors && !is_known {
            self.at = now + GRACE;
            return false;
        }
        let rate = self.answered as f64 / elapsed;
        // At least half of what as many more of the same kind would give.
        let expected = workers as f64 / workers_before.max(1) as f64;
        let helped = rate > rate_before * (1.0 + expected) / 2.0;
        if workers < self.processors || !flows || helped || self.on_hold {
            (self.before, self.on_hold) = ((rate, workers), false);
            return true;
        }
        self.on_hold = true;
        self.count_from(now, HOLD);
        false
    }

    fn count_from(&mut self, now: Instant, wait: Duration) {
        (self.since, self.answered, self.at) = (now, 0, now + wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    /// The workers that there are after 50 ms, of 64 that are allowed, if `answers` says how many tasks that many workers answer in a millisecond.
    fn after_50_ms(processors: usize, answers: impl Fn(usize) -> usize) -> usize {
        let start = Instant::now();
        let (mut growth, mut workers) = (Growth::new(processors, start), 0);
        for tick in 0..50 {
            let now = start + tick * MILLISECOND;
            if workers < 64 && growth.is_due(workers, now) {
                workers += workers.clamp(1, 64 - workers);
                growth.ready(now);
            }
            growth.answered(answers(workers));
        }
        workers
    }

    #[test]
    fn workers_that_do_not_answer_are_as_many_as_may_be() {
        assert_eq!(after_50_ms(2, |_| 0), 64);
    }

    #[test]
    fn workers_that_wait_are_as_many_as_may_be() {
        // Each task takes its time, whatever the others do.
        assert_eq!(after_50_ms(2, |workers| 2 * workers), 64);
    }

    #[test]
    fn workers_that_share_the_processors_are_not_many_more_than_these() {
        assert_eq!(after_50_ms(2, |workers| 20 * workers.min(2)), 4);
        assert_eq!(after_50_ms(8, |workers| 20 * workers.min(8)), 16);
    }

    #[test]
    fn after_a_while_more_are_tried_again() {
        let start = Instant::now();
        let mut growth = Growth::new(1, start);
        growth.ready(start);
        growth.before = (1e6, 1);
        growth.answered(100);
        assert!(!growth.is_due(1, start + MILLISECOND));
        growth.answered(100);
        assert!(!growth.is_due(1, start + 100 * MILLISECOND));
        assert!(growth.is_due(1, start + 101 * MILLISECOND));
    }
}
