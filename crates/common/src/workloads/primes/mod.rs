//! The workload `primes`: is each of these numbers prime? Work for the processor, and none for the network.

mod ceiling;
mod numbers;
mod report;
mod run;

pub use numbers::{NUMBERS, is_prime, is_prime_unless};
pub use run::PrimesArgs;
pub(crate) use run::run;
use serde::{Deserialize, Serialize};

use crate::run::{Cancel, Class, Clock, Failure, TaskRecorder, TaskSample, clock::thread_cpu_micros};

/// What a strategy needs to know to check the numbers.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The numbers, in order of submission.
    pub numbers: Vec<u64>,
    /// How many are checked at a time.
    pub workers: usize,
    /// Whether results come in order of submission, or as they complete.
    pub map: bool,
    /// Whether to compute on the event loop itself, where there is one.
    pub on_runtime: bool,
    /// What all times of the run are measured by.
    pub clock: Clock,
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

/// Takes the samples of the numbers.
pub type Recorder = TaskRecorder<u64, Checked>;

/// Checks one number, in this thread, as `worker`. It gives up when the run is cut off.
pub fn check(number: u64, worker: usize, clock: Clock, cancel: &Cancel) -> Sample {
    Sample::measure(number, worker, clock, || {
        let start = thread_cpu_micros();
        let prime = is_prime_unless(number, || cancel.grace_over())
            .ok_or_else(|| Failure::new(Class::Interrupted, "interrupted"))?;
        Ok(Checked { prime, cpu: thread_cpu_micros() - start })
    })
}
