//! What a strategy is to the rest: a profile, and a function for each workload.

use crate::{
    profile::Profile,
    workloads::{
        flags::DownloadMany, futures::ShowFutures, list::RunMany, loiter::Loiter, primes::Check, sqrt::RootMany,
    },
};

/// A way of running tasks. Each program hands one of these to [`main`](crate::main).
///
/// The functions fail only if the work could not be done at all: no client, no pool, no runtime. What happens to one task is a sample.
/// They return when all tasks have ended, and so have the workers.
pub struct Strategy {
    /// What it is called, and what it can do.
    pub profile: Profile,
    /// Downloads the flags, and records each.
    pub download_many: DownloadMany,
    /// Checks which numbers are prime, and records each in the order that the list says.
    pub check_many: RunMany<Check>,
    /// Does nothing for a while in each task, shows the results before any of them has come, and records each.
    pub loiter_many: RunMany<Loiter>,
    /// Takes square roots by an executor that it makes and shuts down, and returns their sum. Adds what workers in other processes
    /// used.
    pub root_many: RootMany,
    /// Downloads these flags, and shows each future when it is submitted and when it is finished. `None` where a task has no future.
    pub show_futures: Option<ShowFutures>,
}
