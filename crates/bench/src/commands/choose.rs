//! Which strategy for work of one's own: it is predicted, then measured, and one is named.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use super::{Ending, bin, cancel_flag, profiles, run, top};
use crate::analyse::budget::room;
use crate::analyse::model::{Cost, knee, predict};
use crate::base::numbers::{minutes, thousands};
use crate::commands::cli::{ChooseArgs, CommonArgs};
use crate::measure::calibrate::{calibrate, times};
use crate::measure::runner::Processes;
use crate::plan::contenders::{self, Contender};
use crate::plan::profile::{Profile, TIME_LIMIT};
use crate::plan::strategies;
use crate::plan::workload::{Cpu, Workload};
use crate::plan::{Match, Plan};
use crate::record::choosing::{Choosing, FILE, Few, Knee, Predicted, WORKLOAD};
use crate::show::{choice, terminal};

/// The rounds' time, by default.
const BUDGET: Duration = Duration::from_secs(60);
/// Where more at once is not known to be too much for a strategy.
const MOST_AT_ONCE: usize = 1_000;

/// What is to be measured, and what was predicted of it.
pub(super) struct Prepared {
    pub plan: Plan,
    pub choosing: Choosing,
    pub notes: Vec<String>,
}

/// Predicts, measures, and names one.
///
/// # Errors
/// Work that cannot be played, a missing program, a place that cannot be written to.
pub fn run(args: &ChooseArgs) -> Result<Ending> {
    let strategies = strategies(&args.only)?;
    if let Some(file) = &args.profiles {
        return profiles::run(file, &strategies, &args.common);
    }
    let profile = Profile {
        items: args.items,
        delay: args.delay.clone(),
        at_once: args.at_once,
        cpu_us: u64::try_from(args.cpu.as_micros()).unwrap_or(u64::MAX),
        size: args.size,
    };
    check(&profile, &strategies)?;
    let cancel = cancel_flag()?;
    let budget = args.common.budget.unwrap_or(BUDGET);
    let Some(Prepared { plan, choosing, notes }) = prepare(&profile, &strategies, budget, &args.common, &cancel)?
    else {
        terminal::say("Interrupted before the first round: nothing was measured.");
        return Ok(Ending::Interrupted);
    };
    terminal::say(&choice::prediction(&choosing));
    let asked = [(FILE, serde_json::to_string_pretty(&choosing)? + "\n")];
    run::measure(&plan, &args.common, "-choose", &asked, notes, cancel)
}

/// The strategies that were asked for, as they download flags; one by one is always among them, and the first.
pub(super) fn strategies(only: &[String]) -> Result<Vec<Contender>> {
    let all = strategies::all();
    if let Some(unknown) = only.iter().find(|only| strategies::place(only).is_none()) {
        let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        bail!("--only {unknown}: the strategies are {}", names.join(", "));
    }
    let mut contenders = contenders::load(None, &top())?;
    contenders.retain(|one| {
        let wanted = only.is_empty() || only.contains(&one.name) || one.name == strategies::baseline();
        wanted && strategies::place(&one.name).is_some() && one.workloads.iter().any(|name| name == "flags")
    });
    for contender in &mut contenders {
        contender.command.extend(["--timeout", TIME_LIMIT].map(String::from));
    }
    Ok(contenders)
}

/// Checks that a profile can be played by these strategies.
///
/// # Errors
/// What cannot, in a sentence.
pub(super) fn check(profile: &Profile, strategies: &[Contender]) -> Result<()> {
    let names: Vec<&str> = strategies.iter().map(|one| one.name.as_str()).collect();
    profile.check(&names).map_err(|why| anyhow!(why))
}

/// Calibrates, predicts, and plans what the budget has room for. None if the user interrupted it.
///
/// # Errors
/// A missing program, a server that does not start, a wrong answer.
pub(super) fn prepare(
    profile: &Profile,
    strategies: &[Contender],
    budget: Duration,
    common: &CommonArgs,
    cancel: &Arc<AtomicBool>,
) -> Result<Option<Prepared>> {
    let bin = bin(common.bin.as_deref())?;
    let mut processes = Processes::new(&bin, common.time_limit, Arc::clone(cancel))?;
    let whole = profile.workload(WORKLOAD, profile.items, None, common.seed);
    let profile = Profile { items: whole.work.count(), ..profile.clone() };
    let Some(calibration) = calibrate(&mut processes, &profile, strategies)? else { return Ok(None) };
    let cpu = profile.cpu(calibration.rounds_per_ms);
    let delays = delays(&mut processes, &whole)?;

    let mut rows: Vec<(Contender, Cost)> = Vec::new();
    for (strategy, (_, cost)) in strategies.iter().zip(&calibration.costs) {
        let ways = ways(strategy, cpu, has_event_loop(&strategy.program(&bin))?);
        rows.extend(ways.into_iter().map(|way| (way, *cost)));
    }
    let costs: Vec<Cost> = rows.iter().map(|(_, cost)| *cost).collect();
    let room = room(&delays, &costs, budget, common.rounds);
    let predicted = |(contender, cost): &(Contender, Cost)| {
        let many = predict(&delays[..room.items], *cost);
        let (at_once, wall) = knee(&delays, *cost, contender.concurrency.unwrap_or(MOST_AT_ONCE));
        Predicted {
            contender: contender.name.clone(),
            wall_us: micros(many.wall),
            whole_us: micros(predict(&delays, *cost).wall),
            is_only_computed: !room.one_by_one && contender.concurrency == Some(1),
            limit: predict(&delays, *cost).limit,
            knee: Knee { at_once, wall_us: micros(wall) },
        }
    };
    let predictions: Vec<Predicted> = rows.iter().map(predicted).collect();

    let workload = |name: &str, items: usize| profile.workload(name, items, cpu, common.seed);
    let all: Vec<Contender> = rows.into_iter().map(|(contender, _)| contender).collect();
    let measured = all[usize::from(!room.one_by_one)..].to_vec();
    let baseline = measured.first().context("--only leaves no strategy that the budget has room for")?.name.clone();
    let few = match room.few.map(|few| workload("choose-few", few)) {
        None => None,
        Some(workload) => {
            let Some(times_us) = times(&mut processes, &workload, &all)? else { return Ok(None) };
            let delays_us = processes.delays_us(&workload).iter().sum();
            Some(Few { items: workload.work.count(), delays_us, times_us })
        }
    };
    drop(processes);
    let choosing = Choosing {
        items: room.items,
        few,
        delays_us: delays.iter().map(|delay| delay.as_micros() as u64).sum(),
        rounds_per_ms: calibration.rounds_per_ms,
        predictions,
        profile: profile.clone(),
    };
    let matches = vec![Match { workload: workload(WORKLOAD, room.items), contenders: measured }];
    let mut notes = Vec::new();
    if room.takes > budget {
        let times = [room.takes, budget].map(|time| minutes(time.as_secs_f64().ceil() as u64));
        notes.push(format!("Even {} items take about {}, and the budget was {}.", room.items, times[0], times[1]));
    }
    if profile.items != whole.work.count() {
        notes.push(format!("{} items: rounded up to full twenties.", thousands(profile.items as u64)));
    }
    let plan =
        Plan { matches, baseline: Some(baseline), budget, most: budget, rounds: Some(room.rounds), seed: common.seed };
    Ok(Some(Prepared { plan, choosing, notes }))
}

/// The server's delays in the order in which the items are asked for.
fn delays(processes: &mut Processes, workload: &Workload) -> Result<Vec<Duration>> {
    processes.prepare(workload)?;
    let mut delays: Vec<Duration> = processes.delays_us(workload).into_iter().map(Duration::from_micros).collect();
    delays.resize(workload.work.count(), Duration::ZERO);
    Ok(delays)
}

/// A strategy with its computing: on its event loop and beside it, where it has one.
fn ways(strategy: &Contender, cpu: Option<Cpu>, has_event_loop: bool) -> Vec<Contender> {
    let Some(cpu) = cpu else { return vec![strategy.clone()] };
    let mut computing = strategy.clone();
    computing.command.extend(["--cpu-rounds".into(), cpu.rounds.to_string()]);
    if !has_event_loop {
        return vec![computing];
    }
    let on = |place: &str| {
        let mut one = Contender { name: format!("{} ({place})", computing.name), ..computing.clone() };
        one.command.extend(["--cpu-on".into(), place.into()]);
        one
    };
    ["pool", "loop"].map(on).into()
}

/// Whether a program of ours says that its tasks share an event loop.
fn has_event_loop(program: &std::path::Path) -> Result<bool> {
    let said = Command::new(program).arg("--describe").output();
    let said =
        said.with_context(|| format!("failed to start {}: run `scripts/bench`, which builds it", program.display()))?;
    let described: Value = serde_json::from_slice(&said.stdout).unwrap_or_default();
    Ok(described["has_event_loop"] == true)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
