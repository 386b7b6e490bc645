//! What is to be measured: the workloads, the contenders that do them, and their commands.

pub mod contenders;
pub mod goals;
pub mod left_out;
pub mod loopback;
pub mod placeholders;
pub mod primes;
pub mod profile;
pub mod python;
pub mod strategies;
pub mod workload;

use std::time::Duration;

use contenders::Contender;
use workload::Workload;

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Each workload with those who do it.
    pub matches: Vec<Match>,
    /// The one that the others are compared with; it runs twice in each round. A sweep has none.
    pub baseline: Option<String>,
    /// The time for all of it: the number of rounds follows from it, unless that is given.
    pub budget: Duration,
    /// The most that six rounds may take; what does not get them within that has fewer runs.
    pub most: Duration,
    /// The number of rounds, if it is not to follow from the budget.
    pub rounds: Option<usize>,
    /// The seed of the order.
    pub seed: u64,
}

/// A workload and those who do it.
#[derive(Clone, Debug)]
pub struct Match {
    /// The workload.
    pub workload: Workload,
    /// Those who do it.
    pub contenders: Vec<Contender>,
}
