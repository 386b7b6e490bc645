//! Of each goal, whether a recorded run reaches it.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::analyse::rounds::Rounds;
use crate::base::numbers::three_digits;
use crate::base::statistics::{interval, median};
use crate::plan::goals::{Figure, Goal, Goals};
use crate::record::folder::Folder;
use crate::record::run::RecordedWorkload;
use crate::record::sample::Sample;

/// A goal of one contender, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached {
    /// The work, in words.
    pub work: String,
    /// The goal, in words.
    pub goal: String,
    /// What was reached, or why that is not known.
    pub reached: String,
    /// Whether that is enough; none if it is not known.
    pub met: Option<bool>,
}

/// What was measured of each workload.
type Measured = BTreeMap<String, (RecordedWorkload, Vec<Sample>)>;

/// Of each goal whether the record in `folder` reaches it.
///
/// # Errors
/// A record that is missing or damaged.
pub fn evaluate(goals: &Goals, folder: &Folder) -> Result<Vec<Reached>> {
    let mut measured = Measured::new();
    for group in &goals.groups {
        let part = Folder { path: folder.file(&group.name) };
        // A group that was left out has no folder, and its goals say so.
        if part.path.is_dir() {
            let samples = part.samples()?;
            for workload in part.load()?.workloads {
                let name = workload.workload.name.clone();
                let mine = samples.iter().filter(|sample| sample.workload == name).cloned().collect();
                measured.insert(name, (workload, mine));
            }
        }
    }
    Ok(goals.goals.iter().flat_map(|goal| goal.evaluate(&|on| goals.title(on), &measured)).collect())
}

impl Goal {
    fn evaluate<'a>(&self, title: &dyn Fn(&str) -> &'a str, measured: &Measured) -> Vec<Reached> {
        let mut rows = Vec::new();
        for who in &self.who {
            let others = if self.than.is_empty() { vec![None] } else { self.than.iter().map(Some).collect() };
            rows.extend(others.into_iter().map(|than| {
                let (reached, met) = match self.reached(measured, who, than) {
                    Ok(values) => self.judge(&values, than.is_some() || self.than_on.is_some()),
                    Err(reason) => (reason, None),
                };
                let other = self.other(title, than);
                Reached { work: title(&self.on).into(), goal: self.words(who, &other), reached, met }
            }));
        }
        rows
    }

    /// The figure of each round, or its ratio to that of the other in the same round.
    fn reached(&self, measured: &Measured, who: &str, than: Option<&String>) -> Result<Vec<f64>, String> {
        let other_on = self.than_on.as_deref().unwrap_or(&self.on);
        let mine = self.figures(measured, &self.on, who)?;
        if than.is_none() && self.than_on.is_none() {
            return Ok(mine.into_iter().map(|(_, figure)| figure).collect());
        }
        let theirs = self.figures(measured, other_on, than.map_or(who, String::as_str))?;
        let pairs = mine.into_iter().filter_map(|(round, figure)| {
            let (_, partner) = theirs.iter().find(|(other, _)| *other == round)?;
            Some(if self.faster.is_some() { partner / figure } else { figure / partner })
        });
        Ok(pairs.collect())
    }

    fn figures(&self, measured: &Measured, on: &str, who: &str) -> Result<Vec<(usize, f64)>, String> {
        let (recorded, samples) = measured.get(on).ok_or(NOT_MEASURED)?;
        let contender = recorded.contenders.iter().find(|one| one.name == who);
        let contender = contender.ok_or_else(|| format!("not measured: {who} is not installed"))?;
        let mine = || samples.iter().filter(|sample| sample.contender == who);
        if let Some(reason) = mine().find_map(|sample| sample.wrong.as_ref()) {
            return Err(format!("not measured: the answer of {who} was wrong: {reason}"));
        }
        let time = recorded.workload.time;
        let tasks = if self.than_on.is_some() { recorded.workload.work.count() as f64 } else { 1.0 };
        let figure = |sample: &Sample| match self.figure {
            Figure::Time => Some(sample.time_us(time) / tasks),
            Figure::Cpu => Some((sample.user_us + sample.system_us) as f64 / tasks),
            Figure::Memory => sample.peak_kib.map(|kib| kib as f64),
            Figure::Connections => sample.server_connections.map(|connections| connections as f64),
            Figure::Bound => contender.bound_us.map(|bound| sample.time_us(time) / bound as f64),
        };
        // The memory of one that does not say was looked at in round 0 alone.
        let from_outside = self.figure == Figure::Memory && mine().all(|one| one.round == 0 || one.peak_kib.is_none());
        let counts = |sample: &&Sample| (sample.round == 0) == from_outside;
        let figures = Rounds::new(mine().filter(counts)).figures(figure);
        if figures.is_empty() { Err(format!("not measured: {who} has no such figure")) } else { Ok(figures) }
    }

    fn judge(&self, values: &[f64], is_ratio: bool) -> (String, Option<bool>) {
        let Some(value) = median(values) else { return ("not measured: no round in common".into(), None) };
        let is_plain = is_ratio || self.figure == Figure::Bound;
        let shown = |value: f64| if is_plain { three_digits(value) } else { self.figure.words(value) };
        let ends = interval(values).map(|ends| format!(" [{}, {}]", shown(ends.low), shown(ends.high)));
        let unit = if is_plain { " ×" } else { "" };
        let enough = match (self.faster, self.at_most, self.exactly) {
            (Some(least), ..) => value >= least,
            (_, Some(most), _) => value <= if is_plain { most } else { self.figure.of_samples(most) },
            (.., exactly) => exactly.is_some_and(|exactly| values.iter().all(|value| *value == exactly)),
        };
        (format!("{}{unit}{}", shown(value), ends.unwrap_or_default()), Some(enough))
    }
}

/// What is reached of a goal whose work was not measured.
pub const NOT_MEASURED: &str = "not measured";
