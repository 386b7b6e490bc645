//! The list of workloads, which the command line, the runs and the workers in other processes are made from.

use clap::{ArgMatches, Command};

use crate::{
    profile::Profile,
    run::Cancel,
    strategy::Strategy,
    workloads::{
        args::WorkloadArgs,
        flags::{self, FlagsArgs},
        futures::{self, FuturesArgs},
        list::{ListTask, RunLists},
        loiter::{self, Loiter, LoiterArgs},
        primes::{self, Check, PrimesArgs},
        sqrt::{self, SqrtArgs},
    },
};

/// The workloads, in the order of the help: for each its arguments, and what runs it.
pub(crate) fn workloads<L: RunLists>() -> Vec<Workload> {
    vec![
        Workload::new(|to, args: &FlagsArgs, cancel| flags::run(&to.profile, to.download_many, args, cancel)),
        Workload::new(|to, args: &PrimesArgs, cancel| primes::run(&to.profile, L::run_many, args, cancel)),
        Workload::new(|to, args: &LoiterArgs, cancel| loiter::run(&to.profile, L::run_many, args, cancel)),
        Workload::new(|to, args: &SqrtArgs, cancel| sqrt::run(&to.profile, to.root_many, args, cancel)),
        Workload::new(|to, args: &FuturesArgs, cancel| futures::run(&to.profile, to.show_futures, args, cancel)),
    ]
}

/// Hands over the type of each list's tasks: a process that runs them has to know them all.
pub fn each_task(each: &mut impl EachTask) {
    each.task::<Check>();
    each.task::<Loiter>();
}

/// What is done with the type of each list's tasks.
pub trait EachTask {
    /// Does it with the tasks of one list.
    fn task<T: ListTask>(&mut self);
}

/// A workload, as the command line has it.
pub(crate) struct Workload {
    pub name: &'static str,
    /// Its subcommand, as a strategy with this profile has it.
    pub command: fn(&Profile) -> Command,
    /// Runs it, with the arguments that were given. Gives the exit status.
    pub run: Box<Run>,
}

type Run = dyn Fn(&Strategy, &ArgMatches, &Cancel) -> anyhow::Result<u8>;

impl Workload {
    fn new<A: WorkloadArgs + 'static>(run: fn(&Strategy, &A, &Cancel) -> anyhow::Result<u8>) -> Self {
        Self {
            name: A::NAME,
            command: |profile| A::adapt(A::augment_args(Command::new(A::NAME)).about(A::ABOUT), profile),
            run: Box::new(move |strategy, matches, cancel| run(strategy, &A::from_arg_matches(matches)?, cancel)),
        }
    }
}
