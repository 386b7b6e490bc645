//! What a session reports while it runs: to the record, and to the progress line.

use std::time::Duration;

use anyhow::Result;

use crate::record::basis::Basis;
use crate::record::sample::Sample;

/// Watches a session: the record and the progress line.
pub trait Observer {
    /// Something that a reader of the results has to know.
    fn note(&mut self, _note: &str) {}

    /// A run is about to start.
    fn starting(&mut self, turn: &Turn);

    /// Round 0 is over, and this is what follows.
    ///
    /// # Errors
    /// A record that cannot be written.
    fn planned(&mut self, schedule: &Schedule) -> Result<()>;

    /// A run is over.
    ///
    /// # Errors
    /// A record that cannot be written.
    fn measured(&mut self, sample: &Sample, output: &[u8]) -> Result<()>;
}

/// The run that is about to start.
#[derive(Debug)]
pub struct Turn<'a> {
    /// Its round, from 0.
    pub round: usize,
    /// The last round; none during round 0.
    pub rounds: Option<usize>,
    /// Its workload.
    pub workload: &'a str,
    /// Its contender.
    pub contender: &'a str,
    /// The time that this and all later runs will take, judged by round 0; in round 0 by the budget and by
    /// what is known, or none if nothing is.
    pub left: Option<Duration>,
}

/// What round 0 decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The number of rounds after it.
    pub rounds: usize,
    /// For each workload, the runs back to back of those under 100 ms.
    pub repeats: Vec<usize>,
    /// The time that all of it will take.
    pub expected: Duration,
    /// For each workload, what the time of each of its contenders will rest on.
    pub bases: Vec<Vec<Basis>>,
    /// What the budget does not pay for, in words, if there is anything.
    pub note: Option<String>,
}
