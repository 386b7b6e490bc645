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
    run::{Cancel, Clock, Failure, Named, Starts, TaskSample, clock::thread_cpu_micros},
    workloads::list::ListTask,
};

/// One task: a number to check.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Check {
    /// The number.
    pub number: u64,
    /// What all times of the run are measured by.
    pub clock: Clock,
    /// Who hears that it starts, in this process.
    #[serde(skip)]
    pub starts: Starts,
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

    fn run(&self, worker: usize, cancel: &Cancel) -> Sample {
        TaskSample::measure(self.number, worker, self.clock, &self.starts, || {
            let start = thread_cpu_micros();
            let prime = is_prime_unless(self.number, || cancel.is_cut_off()).ok_or_else(Failure::interrupted)?;
            Ok(Checked { prime, cpu: thread_cpu_micros() - start })
        })
    }
}

impl Named for Checked {
    fn name(&self) -> &'static str {
        if self.prime { "prime" } else { "composite" }
    }
}
