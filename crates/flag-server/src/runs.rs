//! Which requests are of one run, so that every program meets the same server.

use crate::Code;
use crate::activity::{Activity, Phase};
use crate::attempts::{Attempts, key};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The attempts of the run under way.
///
/// A client does not say when its run begins. But a run is over when the last of its connections is closed, and the next
/// request begins another, with attempts from 0. There is one exception: a client that lost patience with its only
/// connection may ask for the same flag once more, and that is another attempt.
///
/// No time is involved: programs that a script starts one after another are milliseconds apart, the retries of one seconds.
#[derive(Default)]
pub struct Runs {
    attempts: Attempts,
    clients: Mutex<Clients>,
}

#[derive(Default)]
struct Clients {
    /// Open connections that have asked for a flag. Others, such as one that reads `/stats`, are of no run.
    open: usize,
    /// The flag that the last connection still waited for when it was closed.
    given_up: Option<u32>,
}

/// A connection, until it is dropped.
pub struct Connection<'a> {
    runs: &'a Runs,
    activity: &'a Activity,
    /// The flag that it last asked for.
    asked: AtomicU64,
}

/// No flag at all: larger than any key.
const NOTHING: u64 = u64::MAX;

impl Runs {
    pub fn connection<'a>(&'a self, activity: &'a Activity) -> Connection<'a> {
        Connection { runs: self, activity, asked: AtomicU64::new(NOTHING) }
    }

    /// The next request is a first attempt, whatever it asks for.
    pub fn reset(&self) {
        self.attempts.reset();
        self.clients().given_up = None;
    }

    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(&self, flag: u32) {
        let mut clients = self.clients();
        if clients.open == 0 && clients.given_up.take() != Some(flag) {
            self.attempts.reset();
        }
        clients.open += 1;
    }
}

impl Connection<'_> {
    /// Counts a request, and says how many there were before it in this run.
    pub fn attempt(&self, code: Code, copy: u32) -> u32 {
        let flag = key(code, copy);
        if self.asked.swap(flag.into(), Relaxed) == NOTHING {
            self.runs.join(flag);
        }
        self.runs.attempts.next(code, copy)
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        let Ok(asked) = u32::try_from(self.asked.load(Relaxed)) else { return };
        let mut clients = self.runs.clients();
        clients.open -= 1;
        clients.given_up = self.activity.is(Phase::Waiting).then_some(asked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COPY: u32 = 1;

    /// Asks for flags on one connection, and waits for the last answer or not.
    fn attempts(runs: &Runs, patient: bool, codes: &str) -> Vec<u32> {
        let activity = Activity::new();
        let connection = runs.connection(&activity);
        let attempts = codes.split(' ').map(|code| connection.attempt(code.parse().unwrap(), COPY)).collect();
        activity.begin(if patient { Phase::Idle } else { Phase::Waiting });
        attempts
    }

    #[test]
    fn a_run_ends_with_its_last_connection() {
        let runs = Runs::default();
        assert_eq!(attempts(&runs, true, "BR BR CN"), [0, 1, 0]);
        assert_eq!(attempts(&runs, true, "BR BR CN"), [0, 1, 0]);
        let activity = Activity::new();
        let open = runs.connection(&activity);
        assert_eq!(open.attempt("BR".parse().unwrap(), COPY), 0);
        assert_eq!(attempts(&runs, true, "BR CN"), [1, 0], "others come and go beside it");
        assert_eq!(attempts(&runs, true, "BR CN"), [2, 1]);
        drop(open);
        assert_eq!(attempts(&runs, true, "BR CN"), [0, 0]);
    }

    #[test]
    fn a_connection_that_asks_for_no_flag_neither_begins_a_run_nor_keeps_one() {
        let runs = Runs::default();
        let activity = Activity::new();
        let onlooker = runs.connection(&activity);
        assert_eq!(attempts(&runs, true, "BR"), [0]);
        assert_eq!(attempts(&runs, true, "BR"), [0]);
        drop(onlooker);
    }

    #[test]
    fn who_gives_up_and_asks_for_the_same_flag_goes_on_with_the_run() {
        let runs = Runs::default();
        assert_eq!(attempts(&runs, false, "BR CN"), [0, 0]);
        assert_eq!(attempts(&runs, false, "CN"), [1]);
        assert_eq!(attempts(&runs, true, "CN BR"), [2, 1]);
        assert_eq!(attempts(&runs, true, "BR"), [0], "it waited for the answer");
        assert_eq!(attempts(&runs, false, "CN"), [0]);
        assert_eq!(attempts(&runs, true, "BR CN"), [0, 0], "another program, after one that was interrupted");
        assert_eq!(attempts(&runs, false, "CN"), [0]);
        runs.reset();
        assert_eq!(attempts(&runs, true, "CN"), [0]);
    }
}
