//! What came of all the runs.

use std::{
    fmt::Display,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use super::{crowd::Met, plan::Came};

/// The sums over all the runs.
#[derive(Debug)]
pub struct Figures {
    seed: u64,
    runs: u64,
    sums: Came,
    kills: u64,
    losses: u64,
}

impl Figures {
    pub fn new(seed: u64) -> Self {
        Self { seed, runs: 0, sums: Came::default(), kills: 0, losses: 0 }
    }

    /// Adds a run. One that panics is lost, and the next one comes.
    pub fn add(&mut self, number: u64, plan: &dyn Display, run: impl FnOnce() -> Came) {
        self.runs += 1;
        let Ok(came) = catch_unwind(AssertUnwindSafe(run)) else {
            self.losses += 1;
            eprintln!("loss: {plan}; again with --seed {} --first {number} --runs 1", self.seed);
            return;
        };
        self.kills += u64::from(came.killed);
        self.sums.requests += came.requests;
        self.sums.flags += came.flags;
        self.sums.faults += came.faults;
    }

    /// Runs in which something was wrong.
    pub fn losses(&self) -> u64 {
        self.losses
    }

    /// All in a line.
    pub fn line(&self) -> String {
        let Self { runs, kills, losses, sums: Came { requests, faults, .. }, .. } = self;
        format!("{runs} runs, {requests} requests, {faults} faults, {kills} kills, {losses} losses")
    }

    /// All, at the end.
    pub fn page(&self, elapsed: Duration, crowd: &Met) -> String {
        let Self { seed, runs, kills, losses, sums: Came { requests, flags, faults, .. } } = self;
        let minutes = elapsed.as_secs_f64() / 60.0;
        format!(
            "Seed {seed}, {minutes:.1} minutes\n\
             {runs:>9} runs of the four programs\n\
             {requests:>9} requests that they tell of (the killed ones cannot)\n\
             {flags:>9} flags that arrived, all byte for byte\n\
             {faults:>9} faults played to them\n\
             {kills:>9} signals at random moments\n\
             {:>9} requests of other clients of the good server\n\
             {:>9} heads without end that it cut off\n\
             {:>9} losses",
            crowd.requests,
            crowd.cut_off,
            losses + crowd.losses
        )
    }
}
