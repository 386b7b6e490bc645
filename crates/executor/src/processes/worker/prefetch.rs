//! How many tasks are sent ahead to a worker, and when they are recalled.
//!
//! One round trip per task costs two context switches, many times what a tiny task takes. So requests are sent ahead to a worker that has
//! answered quickly. They wait in its pipe, and the pool keeps a copy of the worker's end: one read takes back, in one step, everything that
//! the worker has not read. The pool does so when another worker is idle, when an answer is late, and when the worker has died. The worker
//! reads one request at a time, and sends each reply before it reads the next. So what was neither recalled nor answered is exactly the task
//! that it was running, and a lost worker costs that task only.
//!
//! What it brings, and how to measure that again: `performance.md` of the crate `bench`, "What tasks sent ahead bring".
//!
//! This file decides; [`InFlight`](super::in_flight::InFlight) keeps the requests. Nothing else knows how fast a worker is.

use std::time::Duration;

/// The most requests that may wait in the pipe of a worker that answers quickly.
const MOST_PREFETCHED: usize = 256;

/// The most bytes that are sent to a worker before another request waits there.
const MOST_BYTES: usize = 64 * 1024;

/// How long replies may wait at least, if they may; and at most.
const SHORTEST_DELAY: Duration = Duration::from_micros(50);
const LONGEST_DELAY: Duration = Duration::from_micros(500);

/// A task that takes less than this is tiny.
const TINY: Duration = Duration::from_micros(100);

/// How long an answer may take before the requests behind it are recalled: at least; and at most, since a cancellation of one of them waits
/// for that.
const SHORTEST_RECALL_TIMEOUT: Duration = Duration::from_micros(200);
const LONGEST_RECALL_TIMEOUT: Duration = Duration::from_millis(1);

/// A worker that takes longer for a task gets one at a time.
const QUICK: Duration = Duration::from_millis(1);

/// What is known of one worker's speed, and what follows from it.
#[derive(Default)]
pub(crate) struct Prefetch {
    /// How long a request took, the last time.
    task_time: Duration,
    /// How many requests may wait: more with each quick answer, none after a slow one or a recall.
    limit: usize,
}

impl Prefetch {
    /// The worker answered this many requests in this time.
    pub fn answered(&mut self, requests: usize, time: Duration) {
        self.task_time = time / requests as u32;
        self.limit = if self.task_time < QUICK { MOST_PREFETCHED.min(self.limit * 4 + 3) } else { 0 };
    }

    /// Its requests were recalled.
    pub fn recalled(&mut self) {
        self.limit = 0;
    }

    /// How many more requests may be sent, beside those that wait, with this many bytes in flight.
    pub fn room(&self, waiting: usize, bytes: usize) -> usize {
        if bytes < MOST_BYTES { self.limit.saturating_sub(waiting) } else { 0 }
    }

    /// How long an answer may take before the requests behind it are recalled.
    pub fn recall_timeout(&self) -> Duration {
        (4 * self.task_time).clamp(SHORTEST_RECALL_TIMEOUT, LONGEST_RECALL_TIMEOUT)
    }

    /// How long the worker's replies may wait to be read, since it has this many requests to go on with: one wake-up for several replies costs
    /// less than one for each. It is half the time that the requests will take; of tiny ones less, as the worker may have been idle between
    /// those that were measured.
    pub fn reply_delay(&self, waiting: usize) -> Duration {
        let work = self.task_time * waiting as u32;
        match work {
            _ if work < SHORTEST_DELAY => Duration::ZERO,
            _ if self.task_time < TINY => SHORTEST_DELAY,
            _ => (work / 2).min(LONGEST_DELAY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: Duration = Duration::from_micros(200);

    #[test]
    fn more_requests_wait_after_each_quick_answer_and_none_after_a_slow_one_or_a_recall() {
        let mut prefetch = Prefetch::default();
        assert_eq!(prefetch.room(0, 0), 0, "nothing is known yet");
        let room = |prefetch: &mut Prefetch| {
            prefetch.answered(1, TASK);
            prefetch.room(0, 0)
        };
        assert_eq!([(); 5].map(|()| room(&mut prefetch)), [3, 15, 63, 255, 256]);
        assert_eq!((prefetch.room(250, 0), prefetch.room(0, MOST_BYTES)), (6, 0));
        prefetch.recalled();
        assert_eq!(prefetch.room(0, 0), 0);
        room(&mut prefetch);
        prefetch.answered(1, QUICK);
        assert_eq!(prefetch.room(0, 0), 0);
    }

    #[test]
    fn an_answer_is_late_after_four_times_the_last_one_within_limits() {
        let mut prefetch = Prefetch::default();
        let timeouts = [1, 100, 900].map(|micros| {
            prefetch.answered(2, 2 * Duration::from_micros(micros));
            prefetch.recall_timeout().as_micros()
        });
        assert_eq!(timeouts, [200, 400, 1000]);
    }

    #[test]
    fn replies_wait_for_half_of_what_is_left_to_do() {
        let mut prefetch = Prefetch::default();
        prefetch.answered(1, TASK);
        assert_eq!([0, 1, 4, 100].map(|waiting| prefetch.reply_delay(waiting).as_micros()), [0, 100, 400, 500]);
        prefetch.answered(1, TINY / 10);
        assert_eq!([4, 100].map(|waiting| prefetch.reply_delay(waiting).as_micros()), [0, 50]);
    }
}
