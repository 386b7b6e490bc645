//! How often each code was asked for.

use crate::Code;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The largest copy number: what is left of 32 bits when a code has taken its 10.
pub const MOST_COPIES: u32 = (1 << 22) - 1;

/// The number of a code and copy among all.
pub fn key(code: Code, copy: u32) -> u32 {
    (copy << 10) | code.index() as u32
}

/// A count for each code and copy that was asked for.
///
/// Its memory has a bound: at most [`Attempts::MOST`] pairs of 8 bytes, some 20 MB, in a hash table.
/// Whatever comes when that is full is a first attempt each time. A server that treats all requests
/// alike counts none.
#[derive(Default)]
pub struct Attempts(Mutex<HashMap<u32, u32>>);

impl Attempts {
    /// The most pairs of code and copy: 100,000 downloads leave nine tenths of it free.
    const MOST: usize = 1 << 20;

    /// Counts a request, and says how many there were before it.
    pub fn next(&self, code: Code, copy: u32) -> u32 {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key(code, copy);
        if counts.len() >= Self::MOST && !counts.contains_key(&key) {
            return 0;
        }
        let count = counts.entry(key).or_default();
        let before = *count;
        *count = before.saturating_add(1);
        before
    }

    /// Forgets everything.
    pub fn reset(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = HashMap::new();
    }
}

/// The attempts of a run whose end nobody sees, since its connections are broken off all the time.
///
/// But who has a flag does not ask for it again. Where that happens another run has begun, and every flag begins with its first
/// attempt. What the new run asks for before that, and the last one never got, still counts as an attempt of the last one.
#[derive(Default)]
pub struct UnseenRuns {
    attempts: Attempts,
    had: Mutex<HashSet<u32>>,
}

impl UnseenRuns {
    /// Counts a request, and says how many there were before it in this run.
    pub fn next(&self, code: Code, copy: u32) -> u32 {
        let mut had = self.had();
        if had.contains(&key(code, copy)) {
            had.clear();
            self.attempts.reset();
        }
        self.attempts.next(code, copy)
    }

    /// Notes that the client has a flag.
    pub fn has(&self, code: Code, copy: u32) {
        let mut had = self.had();
        if had.len() < Attempts::MOST {
            had.insert(key(code, copy));
        }
    }

    /// The next request is a first attempt, whatever it asks for.
    pub fn reset(&self) {
        self.had().clear();
        self.attempts.reset();
    }

    fn had(&self) -> MutexGuard<'_, HashSet<u32>> {
        self.had.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_begins_where_a_flag_is_asked_for_again_that_the_client_has() {
        let runs = UnseenRuns::default();
        let [br, cn]: [Code; 2] = ["BR", "CN"].map(|code| code.parse().unwrap());
        assert_eq!([runs.next(br, 1), runs.next(br, 1), runs.next(cn, 1)], [0, 1, 0]);
        runs.has(br, 1);
        assert_eq!([runs.next(cn, 1), runs.next(br, 2)], [1, 0], "another copy is another flag");
        assert_eq!([runs.next(br, 1), runs.next(cn, 1), runs.next(br, 2)], [0, 0, 0]);
        assert_eq!(runs.next(br, 1), 1, "that run did not get it yet");
        runs.has(br, 1);
        runs.reset();
        assert_eq!([runs.next(br, 1), runs.next(br, 1)], [0, 1]);
    }

    #[test]
    fn each_code_and_copy_is_counted_apart_until_the_reset() {
        let attempts = Attempts::default();
        let [br, zz]: [Code; 2] = ["BR", "ZZ"].map(|code| code.parse().unwrap());
        let asked = [(br, 1), (br, 1), (zz, 1), (br, 2), (br, 1), (zz, MOST_COPIES), (zz, 1)];
        let counts = asked.map(|(code, copy)| attempts.next(code, copy));
        assert_eq!(counts, [0, 1, 0, 0, 2, 0, 1]);
        attempts.reset();
        assert_eq!(attempts.next(br, 1), 0);
    }

    #[test]
    fn no_number_of_copies_grows_the_table_past_its_bound() {
        let attempts = Attempts::default();
        let br: Code = "BR".parse().unwrap();
        for copy in 1..=Attempts::MOST as u32 + 10 {
            attempts.next(br, copy);
        }
        assert_eq!(attempts.0.lock().unwrap().len(), Attempts::MOST);
        assert_eq!(attempts.next(br, 1), 1, "who is in the table is still counted");
        assert_eq!(attempts.next(br, Attempts::MOST as u32 + 1), 0, "who is not, is not");
    }
}
