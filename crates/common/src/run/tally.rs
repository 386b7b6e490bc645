//! The counts of outcomes.

use std::collections::BTreeMap;

use crate::run::{Class, Ending, Sample};

/// How many tasks ended how. Whatever happens, ok + not found + errors + not started = asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tasks asked for.
    pub asked: u64,
    /// Tasks that gave their answer: flags saved.
    pub ok: u64,
    /// Flags that the server does not have.
    pub not_found: u64,
    /// Failures by class.
    pub failures: BTreeMap<Class, u64>,
    /// Requests made, retries included and redirects not; an item with three attempts is still one download.
    pub attempts: u64,
    /// What was the cause of the first failure of each class that is to be sought on this machine.
    pub local_causes: BTreeMap<Class, String>,
    /// How many of the failures found no server at all.
    pub unreachable: u64,
    /// Answers by name, where they have more than one: `prime`.
    pub named: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// A tally of this many tasks, none of them done.
    pub fn new(asked: usize) -> Self {
        Self { asked: asked as u64, ..Self::default() }
    }

    /// Counts one task.
    pub fn add(&mut self, sample: &impl Sample) {
        self.attempts += u64::from(sample.attempts());
        match sample.ending() {
            Ending::Ok(name) => {
                self.ok += 1;
                if name != "ok" {
                    *self.named.entry(name).or_default() += 1;
                }
            }
            Ending::NotFound => self.not_found += 1,
            Ending::Error(failure) => {
                *self.failures.entry(failure.class).or_default() += 1;
                if failure.local() {
                    self.local_causes.entry(failure.class).or_insert_with(|| failure.cause.clone());
                }
                self.unreachable += u64::from(failure.unreachable());
            }
        }
    }

    /// Tasks that failed, of any class.
    pub fn errors(&self) -> u64 {
        self.failures.values().sum()
    }

    /// How many of the failures were under way when the run was interrupted.
    pub fn interrupted(&self) -> u64 {
        self.failures.get(&Class::Interrupted).copied().unwrap_or_default()
    }

    /// Tasks that ended, well or not.
    pub fn done(&self) -> u64 {
        self.ok + self.not_found + self.errors()
    }

    /// Tasks that an interrupted run never began.
    pub fn not_started(&self) -> u64 {
        self.asked - self.done()
    }

    /// Whether not one request of the run found a server.
    pub fn server_unreachable(&self) -> bool {
        self.unreachable > 0 && self.unreachable == self.done()
    }

    /// The failures by class, the most frequent first: `25 HTTP 418, 2 timeout (first byte)`.
    pub fn failures_by_class(&self) -> String {
        let mut failures: Vec<_> = self.failures.iter().collect();
        failures.sort_by_key(|&(class, count)| (std::cmp::Reverse(count), class));
        failures.iter().map(|(class, count)| format!("{count} {class}")).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        http::{Flag, FlagSample, Outcome, Times},
        run::{Failure, Phase},
    };

    fn sample(outcome: Outcome) -> FlagSample {
        let flag = Flag { code: "BR".parse().unwrap(), copy: 1 };
        FlagSample { flag, outcome, bytes: 0, digest: None, worker: 0, attempts: 2, times: Times::default() }
    }

    fn outcomes() -> impl Strategy<Value = Outcome> {
        prop_oneof![
            Just(Outcome::Ok),
            Just(Outcome::NotFound),
            (400..600u16).prop_map(|status| Outcome::Error(Failure::http(status, None))),
            Just(Outcome::Error(Failure::timeout(Phase::FirstByte))),
            Just(Outcome::Error(Failure::new(Class::Refused, "refused"))),
        ]
    }

    proptest! {
        #[test]
        fn the_account_balances_after_every_sample(
            outcomes in prop::collection::vec(outcomes(), 0..60),
            not_started in 0..9usize,
        ) {
            let mut tally = Tally::new(outcomes.len() + not_started);
            for (done, outcome) in outcomes.iter().enumerate() {
                prop_assert_eq!(tally.done(), done as u64);
                tally.add(&sample(outcome.clone()));
                prop_assert_eq!(tally.ok + tally.not_found + tally.errors() + tally.not_started(), tally.asked);
            }
            prop_assert_eq!(tally.not_started(), not_started as u64);
            prop_assert_eq!(tally.attempts, 2 * outcomes.len() as u64);
        }
    }

    #[test]
    fn failures_are_grouped_the_most_frequent_first() {
        let mut tally = Tally::new(4);
        for status in [503, 418, 418] {
            tally.add(&sample(Outcome::Error(Failure::http(status, None))));
        }
        assert_eq!(tally.failures_by_class(), "2 HTTP 418, 1 HTTP 503");
    }

    #[test]
    fn a_server_is_unreachable_only_if_nothing_reached_it() {
        let refused = sample(Outcome::Error(Failure::new(Class::Refused, "")));
        let mut tally = Tally::new(2);
        assert!(!tally.server_unreachable());
        tally.add(&refused);
        assert!(tally.server_unreachable());
        tally.add(&sample(Outcome::NotFound));
        assert!(!tally.server_unreachable());
    }
}
