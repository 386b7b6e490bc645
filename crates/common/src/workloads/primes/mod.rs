//! The workload `primes`: is each of these numbers prime? Work for the processor, and none for the network.

mod ceiling;
mod numbers;
mod report;
mod run;

pub use numbers::{NUMBERS, is_prime, is_prime_unless};
pub use run::PrimesArgs;
pub(crate) use run::run;
use serde::{Deserialize, Serialize};

use crate::{
    run::{Cancel, Failure, Named, TaskSample, clock::thread_cpu_micros},
    workloads::list::{ListTask, Timing},
};

/// One task: a number to check.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Check {
    /// The number.
    pub number: u64,
    /// What it is timed by.
    pub timing: Timing,
}

/// The answer to one number, and the processor time that it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Whether it is prime.
    pub prime: bool,
    /// The processor time in microseconds, however long the thread had to wait for a processor.
    pub cpu: u64,
}

/// What was measured of one number.
pub type Sample = TaskSample<u64, Checked>;

impl ListTask for Check {
    const NAME: &'static str = "check";
    type Key = u64;
    type Answer = Checked;

    fn key(&self) -> u64 {
        self.number
    }

    fn timing(&self) -> &Timing {
        &self.timing
    }

    fn answer(&self, cancel: &Cancel) -> Result<Checked, Failure> {
        let start = thread_cpu_micros();
        let prime = is_prime_unless(self.number, || cancel.is_cut_off()).ok_or_else(Failure::interrupted)?;
        Ok(Checked { prime, cpu: thread_cpu_micros() - start })
    }
}

impl Named for Checked {
    fn name(&self) -> &'static str {
        if self.prime { "prime" } else { "composite" }
    }
}
