//! What a strategy is to the rest: a profile, and its functions.

use clap::{ArgMatches, Command};

use crate::{
    profile::Profile,
    run::UsageError,
    workloads::{flags::DownloadMany, futures::ShowFutures, sqrt::RootMany},
};

/// A way of running tasks. Each program hands one of these to [`main`](crate::main), and with it what runs the tasks of any list
/// ([`RunLists`](crate::list::RunLists)).
///
/// The functions fail only if the work could not be done at all: no client, no pool, no runtime. What happens to one task is a sample.
/// They return when all tasks have ended, and so have the workers.
pub struct Strategy {
    /// What it is called, and what it can do.
    pub profile: Profile,
    /// Downloads the flags, and records each.
    pub download_many: DownloadMany,
    /// Takes square roots by an executor that it makes and shuts down, and returns their sum.
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
