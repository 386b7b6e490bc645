//! A run of `primes`: from its arguments to the exit status.

use std::{cmp::Reverse, thread};

use clap::Args;
use serde_json::json;

use super::{Checked, NUMBERS, Recorder, Sample, Settings, report};
use crate::{
    cli::usage_error,
    program,
    run::{Cancel, Clock},
    show::{output::OutputArgs, terminal},
    strategy::Strategy,
    workloads::args::{at_least_one, at_least_zero},
};

/// The arguments of `primes`.
#[derive(Args)]
pub struct PrimesArgs {
    /// how many numbers to check at a time (default: one per CPU)
    #[arg(value_name = "WORKERS", value_parser = at_least_one::<usize>)]
    workers: Option<usize>,

    /// check these numbers instead of the chapter's 20
    #[arg(short, long, value_name = "N", num_args = 1.., value_parser = at_least_zero::<u64>)]
    numbers: Vec<u64>,

    /// the order of submission (default: descending with --map, as the chapter's proc_pool; else given, as its procs)
    #[arg(long, value_enum, hide_possible_values = true, value_name = "descending|ascending|given")]
    order: Option<Order>,

    /// give the results in the order of submission, as they are mapped, and not as they complete
    #[arg(long)]
    map: bool,

    /// compute on the event loop itself, to see what that does to it (async-tasks only)
    #[arg(long)]
    on_runtime: bool,

    #[command(flatten)]
    output: OutputArgs,
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
pub(crate) fn run(strategy: &Strategy, args: &PrimesArgs, cancel: &Cancel) -> anyhow::Result<u8> {
    if args.on_runtime && !strategy.has_event_loop {
        usage_error(strategy, "primes", format!("--on-runtime: {} has no event loop", strategy.name));
    }
    let output = args.output.open().unwrap_or_else(|error| usage_error(strategy, "primes", error));
    let order = args.order.unwrap_or(if args.map { Order::Descending } else { Order::Given });
    let mut numbers = if args.numbers.is_empty() { NUMBERS.to_vec() } else { args.numbers.clone() };
    order.apply(&mut numbers);
    let workers = args.workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    let workers = workers.min(strategy.largest_max_req);
    let loud = !args.output.json();
    if loud {
        terminal::print(&report::heading(strategy, numbers.len(), workers));
    }

    let clock = Clock::start();
    let settings = Settings { numbers, workers, map: args.map, on_runtime: args.on_runtime, clock };
    let show = move |_, sample: &Sample| _ = loud.then(|| terminal::print(&report::line(sample)));
    let mut recorder = Recorder::new(show, cancel.clone(), clock);
    cancel.during(|| (strategy.check_many)(&settings, cancel, &mut recorder))?;
    let elapsed = clock.elapsed();

    if loud {
        terminal::print(&report::closing(strategy, &settings, &recorder, elapsed));
    }
    let knobs = json!({
        "workers": workers,
        "order": order.name(),
        "map": args.map,
        "on_runtime": args.on_runtime,
        "numbers": settings.numbers,
    });
    let asked = (settings.numbers.len(), elapsed);
    let name = |answer: &Checked| if answer.prime { "prime" } else { "composite" };
    let mut record = recorder.record_of(strategy, "primes", knobs, asked, name);
    // None of a kind is a count, too.
    for outcome in ["prime", "composite"] {
        record.counts.entry(outcome).or_default();
    }
    output.write(&mut record)?;
    Ok(program::status(cancel, &record))
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
