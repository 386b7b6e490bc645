//! What a strategy is to the rest: a profile, and a function for each workload.

use clap::{ArgMatches, Command};

use crate::{
    profile::Profile,
    run::UsageError,
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
    /// What its program takes on its command line beside what all take.
    pub extension: Option<Extension>,
}

/// What a strategy's program takes on its command line beside what all take.
#[derive(Clone, Copy)]
pub struct Extension {
    /// Adds its arguments to those of a workload.
    pub extend: fn(Command) -> Command,
    /// Takes what was given for them, before the workload runs.
    pub take: fn(&ArgMatches) -> Result<(), UsageError>,
    /// Its own commands, beside the workloads.
    pub commands: fn() -> Vec<Command>,
    /// Runs one of them, by its name. Gives the exit status.
    pub run: fn(&str, &ArgMatches) -> anyhow::Result<u8>,
}
