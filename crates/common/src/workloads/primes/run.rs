//! A run of `primes`: from its arguments to the exit status.

use std::{cmp::Reverse, thread};

use clap::{Args, Command};
use serde_json::json;

use super::{Check, NUMBERS, Sample, report};
use crate::{
    profile::Profile,
    run::{Cancel, Clock, Recorder, Run, Tally, UsageError},
    show::{output::OutputArgs, terminal},
    workloads::{
        args::{EXIT_STATUS_OF_TASKS, HOW, WorkloadArgs, at_least_one, at_least_zero},
        list::{Announcer, RunMany, TaskList, Timing},
    },
};

/// The arguments of `primes`.
#[derive(Args)]
pub struct PrimesArgs {
    /// check these numbers instead of the chapter's 20
    #[arg(short, long, value_name = "N", num_args = 1.., value_parser = at_least_zero::<u64>)]
    #[arg(help_heading = "What to check")]
    numbers: Vec<u64>,

    /// check up to WORKERS numbers at a time [default: one per CPU]
    #[arg(value_name = "WORKERS", value_parser = at_least_one::<usize>, help_heading = HOW, display_order = 0)]
    workers: Option<usize>,

    /// submit the numbers in the order descending, ascending or given [default: descending with --map, as the chapter's proc_pool; else
    /// given, as its procs]
    #[arg(long, value_enum, hide_possible_values = true, value_name = "ORDER", help_heading = HOW)]
    order: Option<Order>,

    /// give the results in the order of submission, and not as they complete
    #[arg(long, help_heading = HOW)]
    map: bool,

    /// compute on the event loop itself, to see what that does to it (async-tasks only)
    #[arg(long, help_heading = HOW)]
    on_runtime: bool,

    #[command(flatten)]
    output: OutputArgs,
}

impl WorkloadArgs for PrimesArgs {
    const NAME: &'static str = "primes";
    const ABOUT: &'static str = "Check which of 20 numbers are prime: work for the processor";

    fn adapt(command: Command, profile: &Profile) -> Command {
        command.after_help(EXIT_STATUS_OF_TASKS).mut_arg("on_runtime", |arg| arg.hide(!profile.has_event_loop))
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Order {
    Descending,
    Ascending,
    Given,
}

impl Order {
    fn apply(self, numbers: &mut [u64]) {
        match self {
            Self::Descending => numbers.sort_by_key(|number| Reverse(*number)),
            Self::Ascending => numbers.sort(),
            Self::Given => {}
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Descending => "descending",
            Self::Ascending => "ascending",
            Self::Given => "given",
        }
    }
}

/// Checks the numbers, and reports.
pub(crate) fn run(
    profile: &Profile,
    check_many: RunMany<Check>,
    args: &PrimesArgs,
    cancel: &Cancel,
) -> anyhow::Result<u8> {
    if args.on_runtime && !profile.has_event_loop {
        return Err(UsageError::new(format!("--on-runtime: {} has no event loop", profile.name)).into());
    }
    let output = args.output.open()?;
    let order = args.order.unwrap_or(if args.map { Order::Descending } else { Order::Given });
    let mut numbers = if args.numbers.is_empty() { NUMBERS.to_vec() } else { args.numbers.clone() };
    order.apply(&mut numbers);
    let workers = args.workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    let workers = workers.min(profile.largest_max_req);
    let silent = args.output.silent();
    if !silent {
        terminal::print(&report::heading(profile, numbers.len(), workers));
    }

    let clock = Clock::start();
    let starts = output.begin(profile.name, "primes", numbers.len(), workers);
    let timing = Timing { clock, starts };
    let tasks = numbers.iter().map(|&number| Check { number, timing: timing.clone() }).collect();
    let announcer = Announcer { silent: true };
    let list = TaskList { tasks, workers, in_order: args.map, on_event_loop: args.on_runtime, announcer };
    let show = move |sample: &Sample, _: &Tally| _ = (!silent).then(|| terminal::print(&report::line(sample)));
    let recorder = Recorder::new(numbers.len(), output.watch(Box::new(show)), true, cancel.clone(), clock);
    let mut finished = Run::new(cancel, recorder).perform(|run| check_many(&list, run))?;
    // None of a kind is a count, too.
    for name in ["prime", "composite"] {
        finished.tally.named.entry(name).or_default();
    }

    if !silent {
        terminal::print(&report::closing(profile, &list, &finished));
    }
    let knobs = json!({
        "workers": workers,
        "order": order.name(),
        "map": args.map,
        "on_runtime": args.on_runtime,
        "numbers": numbers,
    });
    output.write(&mut finished.record(profile.name, "primes", knobs))?;
    Ok(finished.status())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_submission_is_what_was_asked_for() {
        let ordered = |order: Order| {
            let mut numbers = [5, 9, 2];
            order.apply(&mut numbers);
            numbers
        };
        assert_eq!(ordered(Order::Descending), [9, 5, 2]);
        assert_eq!(ordered(Order::Ascending), [2, 5, 9]);
        assert_eq!(ordered(Order::Given), [5, 9, 2]);
    }
}
