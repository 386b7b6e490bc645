//! A sweep: the same strategies at many points of two axes.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{Ending, cancel_flag, run, top};
use crate::commands::cli::SweepArgs;
use crate::plan::contenders;
use crate::plan::workload::{Axis, Point, Time, Work, Workload, every_code};
use crate::plan::{Match, Plan};

/// The time of all of it, by default: on two cores six rounds of every point take this long.
const BUDGET: std::time::Duration = std::time::Duration::from_secs(360);

/// Measures the points, and shows the curves.
///
/// # Errors
/// A missing program, a place that cannot be written to.
pub fn run(args: &SweepArgs) -> Result<Ending> {
    let cancel = cancel_flag()?;
    let all: Vec<_> = contenders::load(None, &top())?.into_iter().filter(|one| !one.peer && !one.floor).collect();
    let matches = points(args).into_iter().map(|workload| {
        let at_once = workload.work.workers();
        let is_first = workload.point.as_ref().is_some_and(|point| point.axis == Axis::Items) || at_once == 1;
        // One by one has a single point on the axis of concurrency, and that point is its own.
        let takes_part = |one: &&contenders::Contender| one.does(&workload) && (is_first || one.concurrency != Some(1));
        let contenders = all.iter().filter(takes_part).cloned().collect();
        Match { workload, contenders }
    });
    let plan = Plan {
        matches: matches.collect(),
        baseline: None,
        budget: args.common.budget.unwrap_or(BUDGET),
        most: args.common.budget.unwrap_or(2 * BUDGET),
        rounds: args.common.rounds,
        seed: args.common.seed,
    };
    run::measure(&plan, &args.common, "-sweep", &[], Vec::new(), cancel)
}

/// The points of both axes, each a workload of its own.
fn points(args: &SweepArgs) -> Vec<Workload> {
    let seed = args.common.seed;
    let wanted = |axis: &str| args.only.as_deref().is_none_or(|only| only == axis);
    let point = |axis, value, work| {
        let name = match axis {
            Axis::Concurrency => format!("concurrency-{value}"),
            Axis::Items => format!("items-{value}"),
        };
        Workload { name, point: Some(Point { axis, value }), ..Workload::new(work, Time::Wall) }
    };
    let mut points = Vec::new();
    if wanted("concurrency") {
        points.extend(sorted(&args.concurrency).into_iter().map(|at_once| {
            let work = Work::flags(args.count, &every_code(), at_once, Some(args.delay.clone()), seed);
            point(Axis::Concurrency, at_once, work)
        }));
    }
    if wanted("items") {
        points.extend(sorted(&args.items).into_iter().map(|count| {
            let work = Work::flags(count, &every_code(), args.requests, None, seed);
            point(Axis::Items, work.count(), work)
        }));
    }
    // Two numbers of flags may have been rounded up to the same.
    let mut names = BTreeSet::new();
    points.retain(|point| names.insert(point.name.clone()));
    points
}

fn sorted(values: &[usize]) -> Vec<usize> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::commands::cli::{Cli, Command};

    #[test]
    fn numbers_that_are_rounded_up_to_the_same_are_one_point() {
        let cli = Cli::parse_from(["bench", "sweep", "--only", "items", "--items", "997,1164,20"]);
        let Some(Command::Sweep(args)) = cli.command else { panic!("it is a sweep") };
        let names: Vec<String> = points(&args).into_iter().map(|point| point.name).collect();
        assert_eq!(names, ["items-20", "items-1164"]);
    }
}
