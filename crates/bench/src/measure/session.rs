//! A session: who runs when. It starts no program itself, and it looks at no clock: a [`Runner`] does the one and says
//! the other, so that every order and every count of this file is tested exactly and at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;

use crate::base::numbers::minutes;
use crate::plan::contenders::Contender;
use crate::plan::workload::Workload;
use crate::plan::{Match, Plan};
use crate::record::basis::Basis;
use crate::record::observer::{Observer, Schedule, Turn};
use crate::record::sample::Sample;

/// A program that takes less is run several times back to back, because the moment of its start outweighs it.
pub const SHORT: Duration = Duration::from_millis(100);
/// The most runs back to back.
const MOST_REPEATS: usize = 20;
/// The fewest rounds that give an interval.
const FEWEST_ROUNDS: usize = 6;
/// The most that are worth their time.
const MOST_ROUNDS: usize = 31;

/// Runs one program once.
pub trait Runner {
    /// The time that no run of `contender` on `workload` can beat, where that is known.
    fn least(&self, _workload: &Workload, _contender: &Contender) -> Option<Duration> {
        None
    }

    /// Runs `contender` on `workload`; `None` if the user interrupted it. The session fills in the sample's place.
    ///
    /// # Errors
    /// Whatever makes it senseless to go on: a program that is gone, a disk that is full.
    fn run(&mut self, workload: &Workload, contender: &Contender) -> Result<Option<Run>>;
}

/// One run of one program.
#[derive(Debug, Default)]
pub struct Run {
    /// What was measured.
    pub sample: Sample,
    /// What it printed.
    pub output: Vec<u8>,
    /// How long it kept the session, with the checks.
    pub spent: Duration,
}

/// One line of the table, and what round 0 found out about it.
struct Variant {
    workload: usize,
    contender: usize,
    control: bool,
    wall: Duration,
    spent: Duration,
    repeats: usize,
    wrong: bool,
    basis: Basis,
}

/// Measures `plan`: round 0, then all rounds. Where the plan does not fix their number, the budget is kept whatever the contenders take: what
/// would break it by a single run is not run, and what would break it by six runs has that of round 0 only; the dearest first. Returns whether the user interrupted it.
///
/// # Errors
/// Those of the runner and of the observer.
pub fn run(plan: &Plan, runner: &mut dyn Runner, observer: &mut dyn Observer, cancel: &AtomicBool) -> Result<bool> {
    let mut session = Session {
        plan,
        runner,
        observer,
        cancel,
        variants: variants(plan),
        spent: Duration::ZERO,
        left: Duration::ZERO,
    };
    session.leave_to_computing();
    if session.round_zero()? {
        return Ok(true);
    }
    let schedule = session.schedule();
    session.left = schedule.expected;
    session.observer.planned(&schedule)?;

    let mut random = fastrand::Rng::with_seed(plan.seed);
    for round in 1..=schedule.rounds {
        let repeated = |index: &usize| session.variants[*index].basis == Basis::Rounds;
        let mut order: Vec<usize> = (0..session.variants.len()).filter(repeated).collect();
        random.shuffle(&mut order);
        for (place, variant) in order.into_iter().enumerate() {
            if session.slot(variant, round, place, schedule.rounds)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Every contender once, and the baseline's second self at the end of each workload.
fn variants(plan: &Plan) -> Vec<Variant> {
    let mut variants = Vec::new();
    for (workload, entry) in plan.matches.iter().enumerate() {
        let new = |contender, control| Variant {
            workload,
            contender,
            control,
            wall: Duration::ZERO,
            spent: Duration::ZERO,
            repeats: 1,
            wrong: false,
            basis: Basis::Rounds,
        };
        variants.extend((0..entry.contenders.len()).map(|contender| new(contender, false)));
        let baseline = entry.contenders.iter().position(|one| plan.baseline.as_ref() == Some(&one.name));
        variants.extend(baseline.map(|contender| new(contender, true)));
    }
    variants
}

struct Session<'a> {
    plan: &'a Plan,
    runner: &'a mut dyn Runner,
    observer: &'a mut dyn Observer,
    cancel: &'a AtomicBool,
    variants: Vec<Variant>,
    /// What the runs of round 0 took.
    spent: Duration,
    left: Duration,
}

impl Session<'_> {
    /// Takes out what is known to take too long for one run. What is known of round 0 may fill half of the budget; the last contender that
    /// a workload has left may fill all of it.
    fn leave_to_computing(&mut self) {
        while self.plan.rounds.is_none() {
            let known: Vec<(usize, Duration)> =
                self.proofs(0).filter_map(|index| Some((index, self.least(index)?))).collect();
            let warm_up: Duration = known.iter().map(|(_, least)| *least).sum();
            let is_last = |index: usize| {
                let workload = self.variants[index].workload;
                self.proofs(0).filter(|other| self.variants[*other].workload == workload).count() == 1
            };
            let limit = |index| if is_last(index) { self.plan.most } else { self.plan.most / 2 };
            let too_dear = known.into_iter().filter(|(index, _)| warm_up > limit(*index));
            let Some((dearest, _)) = too_dear.max_by_key(|(_, least)| *least) else { break };
            self.set_basis(dearest, Basis::Computed);
        }
    }

    /// Keeps those out of the rounds for whom the budget does not pay six of them; the dearest first.
    fn leave_at_one_run(&mut self) {
        let left = self.plan.most.saturating_sub(self.spent);
        while self.plan.rounds.is_none() && self.round() * FEWEST_ROUNDS as u32 > left {
            let contenders = (0..self.variants.len()).filter(|index| !self.variants[*index].control);
            let repeated = contenders.filter(|index| !self.cost_with_control(*index).is_zero());
            let Some(dearest) = repeated.max_by_key(|index| self.cost_with_control(*index)) else { break };
            self.set_basis(dearest, Basis::OneRun);
        }
    }

    /// The variants that run in round 0, from `index` on.
    fn proofs(&self, index: usize) -> impl Iterator<Item = usize> {
        let runs = |variant: &Variant| !variant.control && variant.basis != Basis::Computed;
        (index..self.variants.len()).filter(move |index| runs(&self.variants[*index]))
    }

    /// The least that a run of a variant takes, where that is known.
    fn least(&self, index: usize) -> Option<Duration> {
        let Variant { workload, contender, .. } = self.variants[index];
        let Match { workload, contenders } = &self.plan.matches[workload];
        self.runner.least(workload, &contenders[contender])
    }

    /// The same contender of the same workload, with its control if it has one.
    fn selves(&self, index: usize) -> impl Iterator<Item = usize> {
        let place = |variant: &Variant| (variant.workload, variant.contender);
        (0..self.variants.len()).filter(move |other| place(&self.variants[*other]) == place(&self.variants[index]))
    }

    fn cost_with_control(&self, index: usize) -> Duration {
        self.selves(index).map(|index| self.variants[index].cost()).sum()
    }

    fn set_basis(&mut self, index: usize, basis: Basis) {
        let selves: Vec<usize> = self.selves(index).collect();
        selves.into_iter().for_each(|index| self.variants[index].basis = basis);
    }

    /// What a round takes.
    fn round(&self) -> Duration {
        self.variants.iter().map(Variant::cost).sum()
    }

    /// Warm-up and proof: every variant but the controls once, in the order of the file.
    fn round_zero(&mut self) -> Result<bool> {
        for index in 0..self.variants.len() {
            let Variant { control, basis, .. } = self.variants[index];
            if !control && basis != Basis::Computed && self.turn(index, 0, index, 0, None)? {
                return Ok(true);
            }
        }
        // The control is the baseline again: it takes as long, and where one is wrong the other is.
        for index in 0..self.variants.len() {
            let Variant { workload, contender, control: true, .. } = self.variants[index] else {
                continue;
            };
            let twin = self.variants.iter().position(|one| (one.workload, one.contender) == (workload, contender));
            if let Some(Variant { wall, spent, wrong, .. }) = twin.map(|twin| &self.variants[twin]) {
                let found = (*wall, *spent, *wrong);
                let control = &mut self.variants[index];
                (control.wall, control.spent, control.wrong) = found;
            }
        }
        Ok(false)
    }

    /// What the whole session will take from the variant `index` of round 0 on: what is left of that round, and the rounds after it.
    /// What did not run yet counts as the least that it can take. None if nothing says how long the rounds will be.
    fn left_from_zero(&self, index: usize) -> Option<Duration> {
        let cost = |place: usize| {
            // The control takes as long as the baseline took.
            let ran = self.selves(place).map(|place| &self.variants[place]).find(|one| !one.spent.is_zero());
            ran.map(Variant::cost).or_else(|| self.least(place)).unwrap_or_default()
        };
        let warm_up: Duration = self.proofs(index).map(cost).sum();
        match self.plan.rounds {
            Some(rounds) => {
                let round: Duration = (0..self.variants.len()).map(cost).sum();
                Some(round * rounds as u32).filter(|time| !time.is_zero()).map(|rounds| warm_up + rounds)
            }
            None => Some(self.plan.budget.saturating_sub(self.spent).max(warm_up)),
        }
    }

    /// Fixes the number of rounds, who takes part in them, and of runs back to back, from what round 0 took.
    fn schedule(&mut self) -> Schedule {
        let mut repeats = Vec::new();
        for workload in 0..self.plan.matches.len() {
            let running = |one: &&mut Variant| one.workload == workload && !one.wrong && one.basis != Basis::Computed;
            let fastest = self.variants.iter_mut().filter(running).map(|one| one.wall).min().unwrap_or(SHORT);
            let enough = SHORT.as_nanos().div_ceil(fastest.as_nanos().max(1)) as usize;
            let same_for_all = enough.clamp(1, MOST_REPEATS);
            self.variants
                .iter_mut()
                .filter(|one| one.workload == workload && one.wall < SHORT)
                .for_each(|one| one.repeats = same_for_all);
            repeats.push(same_for_all);
        }
        let computed: Duration = (0..self.variants.len())
            .filter(|index| self.variants[*index].basis == Basis::Computed)
            .filter_map(|index| self.least(index))
            .sum();
        let all = self.spent + (self.round() + computed) * FEWEST_ROUNDS as u32;
        self.leave_at_one_run();
        let round = self.round();
        let left = self.plan.budget.saturating_sub(self.spent);
        let rounds = match self.plan.rounds {
            Some(rounds) => rounds,
            // Nobody is left to take part.
            None if round.is_zero() => 0,
            None => ((left.as_secs_f64() / round.as_secs_f64()) as usize).clamp(FEWEST_ROUNDS, MOST_ROUNDS),
        };
        let of = |workload| self.variants.iter().filter(move |one| one.workload == workload && !one.control);
        let bases = (0..self.plan.matches.len()).map(|workload| of(workload).map(|one| one.basis).collect());
        Schedule { rounds, repeats, expected: round * rounds as u32, bases: bases.collect(), note: self.note(all) }
    }

    /// Who did not get into the rounds, for which all of them would have taken so long.
    fn note(&self, all: Duration) -> Option<String> {
        let of = |basis| {
            let parts: Vec<String> = (self.plan.matches.iter().enumerate())
                .filter_map(|(workload, entry)| {
                    let is_so = |one: &&Variant| one.workload == workload && !one.control && one.basis == basis;
                    let names: Vec<&str> = (self.variants.iter().filter(is_so))
                        .map(|one| entry.contenders[one.contender].name.as_str())
                        .collect();
                    (!names.is_empty()).then(|| format!("{} ({})", names.join(", "), entry.workload.name))
                })
                .collect();
            parts.join("; ")
        };
        let (once, computed) = (of(Basis::OneRun), of(Basis::Computed));
        let mut note = format!(
            "The budget of {} does not pay for six rounds of everything, which take about {}.",
            minutes(self.plan.most.as_secs_f64().ceil() as u64),
            minutes(all.as_secs_f64().ceil() as u64)
        );
        if once.is_empty() && computed.is_empty() {
            return None;
        }
        if !once.is_empty() {
            note += &format!(" Run once, and so without an interval: {once}.");
        }
        if !computed.is_empty() {
            note += &format!(" Not run but computed from the server's delays: {computed}.");
        }
        Some(note + " A larger --budget, fewer flags (--count, --delay-count) or less of it (--only) measures more.")
    }

    /// One variant's place in a round: all of its runs back to back. Returns whether the user interrupted it.
    fn slot(&mut self, index: usize, round: usize, place: usize, rounds: usize) -> Result<bool> {
        let cost = self.variants[index].cost();
        for repeat in 0..self.variants[index].repeats {
            // It may turn out wrong at any time, and so may its other self.
            if self.variants[index].wrong {
                break;
            }
            if self.turn(index, round, place, repeat, Some(rounds))? {
                return Ok(true);
            }
        }
        self.left = self.left.saturating_sub(cost);
        Ok(false)
    }

    /// One run. Returns whether the user interrupted it.
    fn turn(&mut self, index: usize, round: usize, place: usize, repeat: usize, rounds: Option<usize>) -> Result<bool> {
        if self.cancel.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let Variant { workload, contender, control, .. } = self.variants[index];
        let Match { workload: work, contenders } = &self.plan.matches[workload];
        let program = &contenders[contender];
        let left = if rounds.is_some() { Some(self.left) } else { self.left_from_zero(index) };
        self.observer.starting(&Turn { round, rounds, workload: &work.name, contender: &program.name, left });
        let run = match self.runner.run(work, program) {
            // What ended us may have ended the server, too.
            Err(_) if self.cancel.load(Ordering::Relaxed) => return Ok(true),
            run => run?,
        };
        let Some(run) = run else { return Ok(true) };

        let place_of_sample = Sample {
            round,
            place,
            repeat,
            workload: work.name.clone(),
            contender: program.name.clone(),
            control,
            ..run.sample
        };
        if place_of_sample.wrong.is_some() {
            let same = |one: &&mut Variant| (one.workload, one.contender) == (workload, contender);
            self.variants.iter_mut().filter(same).for_each(|one| one.wrong = true);
        }
        let variant = &mut self.variants[index];
        if round == 0 {
            (variant.wall, variant.spent) = (Duration::from_micros(place_of_sample.wall_us), run.spent);
            self.spent += run.spent;
        }
        self.observer.measured(&place_of_sample, &run.output)?;
        Ok(false)
    }
}

impl Variant {
    /// The time that a slot takes.
    fn cost(&self) -> Duration {
        if self.wrong || self.basis != Basis::Rounds { Duration::ZERO } else { self.spent * self.repeats as u32 }
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
