//! A map: the same work over a grid of waiting and computing, and the fastest strategy in each cell.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

use super::choose::{check, strategies};
use super::{Ending, bin, cancel_flag, run};
use crate::analyse::budget::in_session;
use crate::analyse::choice::rounds_for;
use crate::analyse::model::{Cost, predict};
use crate::base::numbers::minutes;
use crate::commands::cli::MapArgs;
use crate::measure::calibrate::{Calibration, calibrate};
use crate::measure::runner::Processes;
use crate::plan::contenders::Contender;
use crate::plan::profile::Profile;
use crate::plan::{Match, Plan};
use crate::record::mapping::{FILE, Mapping};
use crate::show::terminal;

/// The rounds' time, by default.
const BUDGET: Duration = Duration::from_secs(240);
/// One by one takes no part where it is predicted to need so many times as long as the fastest: it would only cost time.
const HOPELESS: f64 = 1.5;
/// The fewest items of a cell.
const FEWEST: usize = 20;

/// Measures the grid, and draws the map.
///
/// # Errors
/// A grid that cannot be, a missing program, a place that cannot be written to.
pub fn run(args: &MapArgs) -> Result<Ending> {
    let strategies = strategies(&[])?;
    let steps = |times: &[Duration]| {
        let mut steps: Vec<u64> = times.iter().map(|time| time.as_micros() as u64).collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    };
    let mut mapping = Mapping {
        delays_us: steps(&args.delay),
        cpus_us: steps(&args.cpu),
        items: args.items.next_multiple_of(FEWEST),
        at_once: args.at_once,
    };
    mapping.check().map_err(|why| anyhow!(why))?;
    let longest = largest(&mapping);
    check(&longest, &strategies)?;
    let cancel = cancel_flag()?;
    let mut processes = Processes::new(&bin(args.common.bin.as_deref())?, args.common.time_limit, Arc::clone(&cancel))?;
    let Some(calibration) = calibrate(&mut processes, &longest, &strategies)? else {
        terminal::say("Interrupted before the first round: nothing was measured.");
        return Ok(Ending::Interrupted);
    };
    drop(processes);

    let rounds = args.common.rounds.unwrap_or(rounds_for(strategies.len())[0]);
    let budget = args.common.budget.unwrap_or(BUDGET);
    let grid = Grid { strategies: &strategies, calibration: &calibration, most_cpu_us: longest.cpu_us };
    while mapping.items > FEWEST && grid.takes(&mapping, rounds) > budget {
        mapping.items -= FEWEST;
    }
    let takes = grid.takes(&mapping, rounds);
    let mut notes = Vec::new();
    if takes > budget {
        let times = [takes, budget].map(|time| minutes(time.as_secs_f64().ceil() as u64));
        notes.push(format!(
            "Even {FEWEST} items in each cell take about {}, and the budget was {}.",
            times[0], times[1]
        ));
    }
    let matches: Vec<Match> =
        grid.cells(&mapping).map(|cell| cell.into_match(&calibration, args.common.seed)).collect();
    let baseline = strategies.get(1).context("there is no strategy beside one by one")?.name.clone();
    let plan =
        Plan { matches, baseline: Some(baseline), budget, most: budget, rounds: Some(rounds), seed: args.common.seed };
    let asked = [(FILE, serde_json::to_string_pretty(&mapping)? + "\n")];
    run::measure(&plan, &args.common, "-map", &asked, notes, cancel)
}

/// The cell that waits and computes longest.
fn largest(mapping: &Mapping) -> Profile {
    let last = |steps: &[u64]| steps.last().copied().unwrap_or_default();
    profile(mapping, last(&mapping.delays_us), last(&mapping.cpus_us))
}

fn profile(mapping: &Mapping, delay_us: u64, cpu_us: u64) -> Profile {
    // The server's finest unit is the millisecond, with a fraction.
    let delay = (delay_us > 0).then(|| format!("{0}ms..{0}ms", delay_us as f64 / 1e3));
    Profile { items: mapping.items, delay, at_once: mapping.at_once, cpu_us, size: None }
}

struct Grid<'a> {
    strategies: &'a [Contender],
    calibration: &'a Calibration,
    most_cpu_us: u64,
}

/// A cell, and those who take part in it.
struct Cell {
    name: String,
    profile: Profile,
    contenders: Vec<(Contender, Duration)>,
}

impl Grid<'_> {
    fn cells<'a>(&'a self, mapping: &'a Mapping) -> impl Iterator<Item = Cell> + 'a {
        let steps = mapping.delays_us.iter().flat_map(|delay| mapping.cpus_us.iter().map(move |cpu| (*delay, *cpu)));
        steps.map(|(delay_us, cpu_us)| {
            let delays = vec![Duration::from_micros(delay_us); mapping.items];
            let time = |(strategy, (_, cost)): (&Contender, &(String, Cost))| {
                let late = if delay_us == 0 { Duration::ZERO } else { cost.late };
                let spared = Duration::from_micros(self.most_cpu_us - cpu_us);
                let per_item = cost.per_item.saturating_sub(spared);
                (strategy.clone(), predict(&delays, Cost { late, per_item, ..*cost }).wall)
            };
            let mut contenders: Vec<(Contender, Duration)> =
                self.strategies.iter().zip(&self.calibration.costs).map(time).collect();
            let best = contenders.iter().map(|(_, wall)| *wall).min().unwrap_or_default();
            contenders.retain(|(one, wall)| one.concurrency != Some(1) || *wall <= best.mul_f64(HOPELESS));
            Cell { name: Mapping::name(delay_us, cpu_us), profile: profile(mapping, delay_us, cpu_us), contenders }
        })
    }

    /// What all cells take, with the control of each.
    fn takes(&self, mapping: &Mapping, rounds: usize) -> Duration {
        let of = |cell: Cell| {
            let each: Duration = cell.contenders.iter().map(|(_, wall)| in_session(*wall, mapping.items)).sum();
            each + cell.contenders.last().map(|(_, wall)| in_session(*wall, mapping.items)).unwrap_or_default()
        };
        self.cells(mapping).map(of).sum::<Duration>() * (rounds as u32 + 1)
    }
}

impl Cell {
    fn into_match(self, calibration: &Calibration, seed: u64) -> Match {
        let cpu = self.profile.cpu(calibration.rounds_per_ms);
        let workload = self.profile.workload(&self.name, self.profile.items, cpu, seed);
        let computing = |(mut contender, _): (Contender, Duration)| {
            if let Some(cpu) = cpu {
                contender.command.extend(["--cpu-rounds".into(), cpu.rounds.to_string()]);
            }
            contender
        };
        Match { workload, contenders: self.contenders.into_iter().map(computing).collect() }
    }
}
