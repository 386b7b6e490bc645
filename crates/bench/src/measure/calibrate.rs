//! What a prediction is made from, measured in a second or two beside the work itself: how many rounds of SHA-256 a millisecond has, and what
//! each strategy costs to start and for each item that neither waits nor computes.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::analyse::model::Cost;
use crate::base::statistics::median;
use crate::measure::runner::Processes;
use crate::measure::session::Runner;
use crate::plan::contenders::Contender;
use crate::plan::profile::Profile;
use crate::plan::workload::{Workload, cores};
use crate::record::program_report::ProgramReport;
use crate::record::sample::Sample;

/// How often each is run: the median counts.
pub const RUNS: usize = 3;
/// The rounds of the first guess at how many a millisecond has.
const FIRST_ROUNDS: u32 = 1_000;
/// What the second guess computes for an item.
const LONG_ENOUGH_MS: f64 = 5.0;
/// The items by which the larger size of a calibration exceeds the smaller, where they are small; and the bytes that they may have.
const MORE_ITEMS: usize = 1_000;
const MOST_BYTES: usize = 20 << 20;
/// The delay by which is known how late an answer is beyond it.
const DELAY: &str = "5ms..5ms";
const DELAY_US: f64 = 5_000.0;

/// What was found out.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// Rounds of SHA-256 in a millisecond of one processor; 0 where the work computes nothing.
    pub rounds_per_ms: f64,
    /// What each strategy costs for an item of the profile, by its name.
    pub costs: Vec<(String, Cost)>,
}

/// Measures what predictions for `profile` are made from. None if the user interrupted it.
///
/// # Errors
/// Those of the runner; a program that answers wrong.
pub fn calibrate(
    processes: &mut Processes,
    profile: &Profile,
    strategies: &[Contender],
) -> Result<Option<Calibration>> {
    let one_by_one =
        strategies.iter().find(|one| one.concurrency == Some(1)).context("no strategy works one by one")?;
    let mut bench = Bench { processes, profile };
    let rounds_per_ms = match profile.cpu_us {
        0 => Some(0.0),
        _ => bench.rounds_per_ms(one_by_one)?,
    };
    let Some(rounds_per_ms) = rounds_per_ms else { return Ok(None) };
    let mut costs = Vec::new();
    for strategy in strategies {
        let Some(cost) = bench.cost(strategy)? else { return Ok(None) };
        costs.push((strategy.name.clone(), cost));
    }
    if profile.delay.is_some() {
        let own = costs.iter().find(|(name, _)| *name == one_by_one.name).map(|(_, cost)| *cost);
        let Some(late) = bench.late(one_by_one, own.context("it was just measured")?)? else { return Ok(None) };
        costs.iter_mut().for_each(|(_, cost)| cost.late = late);
    }
    let computing = Duration::from_micros(profile.cpu_us);
    costs.iter_mut().for_each(|(_, cost)| cost.per_item += computing);
    Ok(Some(Calibration { rounds_per_ms, costs }))
}

/// What each contender takes for a small workload, in microseconds. None if the user interrupted it.
///
/// # Errors
/// Those of the runner; a program that answers wrong.
pub fn times(
    processes: &mut Processes,
    workload: &Workload,
    contenders: &[Contender],
) -> Result<Option<Vec<(String, f64)>>> {
    processes.prepare(workload)?;
    let mut times = Vec::new();
    for contender in contenders {
        let wall = |sample: &Sample, _: &[u8]| [sample.wall_us as f64];
        let Some([wall]) = figures(processes, workload, contender, wall)? else { return Ok(None) };
        times.push((contender.name.clone(), wall));
    }
    Ok(Some(times))
}

/// The median of some figures over some runs of a prepared workload; none if the user interrupted it.
fn figures<const N: usize>(
    processes: &mut Processes,
    workload: &Workload,
    contender: &Contender,
    figures: impl Fn(&Sample, &[u8]) -> [f64; N],
) -> Result<Option<[f64; N]>> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let Some(run) = processes.run(workload, contender)? else { return Ok(None) };
        if let Some(wrong) = run.sample.wrong {
            bail!("failed to calibrate {}: its answer was wrong: {wrong}", contender.name);
        }
        runs.push(figures(&run.sample, &run.output));
    }
    Ok(Some(std::array::from_fn(|place| {
        median(&runs.iter().map(|run| run[place]).collect::<Vec<_>>()).unwrap_or_default()
    })))
}

struct Bench<'a> {
    processes: &'a mut Processes,
    profile: &'a Profile,
}

impl Bench<'_> {
    /// The same, of a workload that is prepared first.
    fn figures<const N: usize>(
        &mut self,
        workload: &Workload,
        contender: &Contender,
        of: impl Fn(&Sample, &[u8]) -> [f64; N],
    ) -> Result<Option<[f64; N]>> {
        self.processes.prepare(workload)?;
        figures(self.processes, workload, contender, of)
    }

    /// How many rounds one by one does in a millisecond.
    fn rounds_per_ms(&mut self, one_by_one: &Contender) -> Result<Option<f64>> {
        let workload = self.at_once("calibrate-cpu", 20);
        let mut rounds = FIRST_ROUNDS;
        for last in [false, true] {
            let mut computing = one_by_one.clone();
            computing.command.extend(["--cpu-rounds".into(), rounds.to_string()]);
            let each = |_: &Sample, output: &[u8]| {
                let report = ProgramReport::parse(output).ok();
                let times = report.iter().flat_map(|report| &report.samples);
                // The least: whatever lengthened the others was not computing.
                [times.filter_map(|task| Some(task.phases?.compute_us as f64)).fold(f64::INFINITY, f64::min)]
            };
            let Some([us]) = self.figures(&workload, &computing, each)? else { return Ok(None) };
            if !us.is_finite() {
                bail!("failed to calibrate {}: it does not tell how long it computed", one_by_one.name);
            }
            let per_ms = f64::from(rounds) * 1e3 / us.max(1.0);
            if last {
                return Ok(Some(per_ms));
            }
            rounds = (per_ms * LONG_ENOUGH_MS).clamp(1.0, 1e6) as u32;
        }
        Ok(None)
    }

    /// What a strategy costs beside waiting and computing, from two sizes from a server that answers at once.
    fn cost(&mut self, strategy: &Contender) -> Result<Option<Cost>> {
        let few = self.at_once("calibrate-few", self.profile.at_once.min(self.profile.items).max(20));
        let more = MORE_ITEMS.min(MOST_BYTES / self.profile.size.unwrap_or(1)).max(20);
        let many = self.at_once("calibrate-many", few.work.count() + more);
        let wall = |sample: &Sample, _: &[u8]| [sample.wall_us as f64];
        let Some([few_wall]) = self.figures(&few, strategy, wall)? else { return Ok(None) };
        let Some([many_wall]) = self.figures(&many, strategy, wall)? else { return Ok(None) };
        let each = ((many_wall - few_wall) / (many.work.count() - few.work.count()) as f64).max(0.0);
        // One by one, the program and the server wait for each other; else all processors work at once, theirs and its.
        let processors = cores().min(strategy.workers(&few));
        let (start_up, per_item) = (few_wall - each * few.work.count() as f64, each * processors as f64);
        Ok(Some(Cost {
            start_up: micros(start_up),
            late: Duration::ZERO,
            per_item: micros(per_item),
            at_once: strategy.concurrency.unwrap_or(usize::MAX).min(self.profile.at_once),
            processors: cores(),
        }))
    }

    /// How late an answer is beyond its delay.
    fn late(&mut self, one_by_one: &Contender, cost: Cost) -> Result<Option<Duration>> {
        let waiting = Profile { delay: Some(DELAY.into()), at_once: 1, ..self.profile.clone() };
        let workload = waiting.workload("calibrate-late", 20, None, 0);
        let wall = |sample: &Sample, _: &[u8]| [sample.wall_us as f64];
        let Some([wall]) = self.figures(&workload, one_by_one, wall)? else { return Ok(None) };
        let each = (wall - cost.start_up.as_micros() as f64) / workload.work.count() as f64;
        Ok(Some(micros(each - DELAY_US - cost.per_item.as_micros() as f64)))
    }

    /// This many items from a server that answers at once.
    fn at_once(&self, name: &str, items: usize) -> Workload {
        Profile { delay: None, ..self.profile.clone() }.workload(name, items, None, 0)
    }
}

fn micros(us: f64) -> Duration {
    Duration::from_secs_f64(us.max(0.0) / 1e6)
}
