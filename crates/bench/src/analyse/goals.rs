//! The goals, which are data: what is to be measured for them, and of each whether it was reached.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::analyse::rounds::Rounds;
use crate::analyse::statistics::{interval, median};
use crate::base::files;
use crate::base::numbers::{duration, thousands, three_digits};
use crate::base::sanity;
use crate::base::untrusted::visible;
use crate::measure::session::Match;
use crate::plan::contenders::{self, Contender};
use crate::plan::workload::{Time, Work, Workload, every_code, possible_codes};
use crate::record::run::{Folder, Record, RecordedWorkload};
use crate::record::sample::Sample;
use crate::show::markdown::{self, escape};

/// The goals that come with `bench`; the head of the file documents its format.
pub const DEFAULT: &str = include_str!("../../goals.toml");

/// A file of goals.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goals {
    /// Contenders that are measured for these goals alone.
    #[serde(default)]
    contender: Vec<Contender>,
    /// What is measured, in rounds of its own.
    #[serde(rename = "group")]
    pub groups: Vec<Group>,
    /// The goals.
    #[serde(rename = "goal")]
    goals: Vec<Goal>,
}

/// Workloads that are measured in turn.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name, and that of its folder.
    pub name: String,
    /// How many rounds.
    pub rounds: usize,
    #[serde(rename = "workload")]
    workloads: Vec<Task>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    name: String,
    title: String,
    #[serde(default)]
    flags: usize,
    #[serde(default)]
    every: bool,
    concurrency: usize,
    delay: Option<String>,
    #[serde(default)]
    nginx: bool,
    time: Option<Time>,
    contenders: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Goal {
    on: String,
    who: Vec<String>,
    #[serde(default)]
    figure: Figure,
    #[serde(default)]
    than: Vec<String>,
    than_on: Option<String>,
    faster: Option<f64>,
    at_most: Option<f64>,
    exactly: Option<f64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Figure {
    #[default]
    Time,
    Cpu,
    Memory,
    Connections,
    Bound,
}

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

/// Reads goals.
///
/// # Errors
/// Text that is not of the form that the head of `goals.toml` describes.
pub fn parse(text: &str) -> Result<Goals> {
    let mut goals: Goals = toml::from_str(text)?;
    for group in &mut goals.groups {
        // It is the name of a folder, too.
        if group.name.is_empty() || !group.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            bail!("a group is called {:?}: letters, digits and hyphens make a name", group.name);
        }
        group.workloads.iter_mut().for_each(|task| task.title = visible(&task.title));
    }
    for goal in &mut goals.goals {
        goal.who.iter_mut().chain(&mut goal.than).for_each(|name| *name = visible(name));
    }
    let known = |name: &str| goals.groups.iter().flat_map(|group| &group.workloads).any(|task| task.name == name);
    for goal in &goals.goals {
        if let Some(name) = [Some(&goal.on), goal.than_on.as_ref()].into_iter().flatten().find(|name| !known(name)) {
            bail!("a goal is about {name:?}, which is no workload of any group");
        }
        if [goal.faster, goal.at_most, goal.exactly].iter().flatten().count() != 1 {
            bail!("a goal on {:?} needs one of faster, at_most and exactly", goal.on);
        }
        if goal.faster.is_some() && goal.than.is_empty() && goal.than_on.is_none() {
            bail!("a goal on {:?} says faster, but not than whom", goal.on);
        }
    }
    Ok(goals)
}

impl Goals {
    fn title(&self, on: &str) -> &str {
        let task = self.groups.iter().flat_map(|group| &group.workloads).find(|task| task.name == on);
        task.map_or("", |task| &task.title)
    }

    /// The contenders of `bench.toml` and of this file, in the source at `top`.
    ///
    /// # Errors
    /// A contender that is not well described.
    pub fn contenders(&mut self, top: &Path) -> Result<Vec<Contender>> {
        let mut all = contenders::load(None, top)?;
        all.extend(contenders::checked(std::mem::take(&mut self.contender), &top.join("crates/bench"))?);
        Ok(all)
    }
}

impl Group {
    /// Who does what, as far as they are in `all`. Without `nginx` nothing takes its place: a goal beside it is not met by
    /// anybody else.
    pub fn matches(&self, all: &[Contender], nginx: bool, seed: u64) -> Vec<Match> {
        let matches = self.workloads.iter().filter(|task| nginx || !task.nginx).map(|task| {
            let workload = task.workload(seed);
            let does = |name: &String| all.iter().find(|one| one.name == *name && one.does(&workload)).cloned();
            let contenders = task.contenders.iter().filter_map(does).collect();
            Match { workload, contenders }
        });
        matches.filter(|one| !one.contenders.is_empty()).collect()
    }
}

impl Task {
    fn workload(&self, seed: u64) -> Workload {
        let (count, codes) = if self.every { (676, possible_codes()) } else { (self.flags, every_code()) };
        let work = Work::flags(count, &codes, self.concurrency, self.delay.clone(), seed);
        let work = if self.nginx { work.from_nginx() } else { work };
        Workload { name: self.name.clone(), ..Workload::new(work, self.time.unwrap_or(Time::Wall)) }
    }
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
            Figure::Time => Some(time.of(sample) / tasks),
            Figure::Cpu => Some((sample.user_us + sample.system_us) as f64 / tasks),
            Figure::Memory => sample.peak_kib.map(|kib| kib as f64),
            Figure::Connections => sample.server_connections.map(|connections| connections as f64),
            Figure::Bound => contender.bound_us.map(|bound| time.of(sample) / bound as f64),
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

    /// Beside whom: `curl`, `curl with 200 flags`, `it with 200 flags`, or nobody.
    fn other<'a>(&self, title: &dyn Fn(&str) -> &'a str, than: Option<&String>) -> String {
        match (than, &self.than_on) {
            (Some(than), Some(on)) => format!("{than} with {}", title(on)),
            (Some(than), None) => than.clone(),
            (None, Some(on)) => format!("it with {}", title(on)),
            (None, None) => String::new(),
        }
    }

    fn words(&self, who: &str, other: &str) -> String {
        let figure = match self.figure {
            Figure::Time | Figure::Bound => "time",
            Figure::Cpu => "CPU",
            Figure::Memory => "memory",
            Figure::Connections => "connections",
        };
        let a_task = if self.than_on.is_some() && self.figure != Figure::Memory { " a task" } else { "" };
        match (self.faster, self.at_most, self.exactly) {
            (Some(least), ..) => format!("{who}: at least {least} × as fast as {other}"),
            (_, Some(most), _) if self.figure == Figure::Bound => {
                format!("{who}: time at most {most} × what no schedule can beat")
            }
            (_, Some(most), _) if other.is_empty() => {
                format!("{who}: {figure} at most {}", self.figure.words(self.figure.of_samples(most)))
            }
            (_, Some(most), _) => format!("{who}: {figure}{a_task} at most {most} × that of {other}"),
            (.., exactly) => format!("{who}: {figure} exactly {}", exactly.unwrap_or_default()),
        }
    }
}

impl Figure {
    /// A figure of a goal, milliseconds or MB, in the unit of the samples.
    fn of_samples(self, figure: f64) -> f64 {
        match self {
            Self::Time | Self::Cpu => figure * 1e3,
            Self::Memory => figure * 1e6 / 1024.0,
            Self::Connections | Self::Bound => figure,
        }
    }

    fn words(self, figure: f64) -> String {
        match self {
            Self::Time | Self::Cpu => duration(figure),
            Self::Memory => format!("{} MB", three_digits(figure * 1024.0 / 1e6)),
            Self::Connections => thousands(figure.round() as u64),
            Self::Bound => three_digits(figure),
        }
    }
}

/// What is reached of a goal whose work was not measured.
const NOT_MEASURED: &str = "not measured";

/// The goals as a table in Markdown, with the machine and the command below it.
///
/// # Errors
/// A record that is missing or damaged.
pub fn markdown(folder: &Folder) -> Result<String> {
    let path = folder.file("goals.toml");
    let text = files::read_text(&path, sanity::LARGEST_RECORD).context("is this the folder of `bench goals`?")?;
    let goals = parse(&text).with_context(|| format!("failed to read {}", path.display()))?;
    let rows = evaluate(&goals, folder)?;
    let mut table = String::from("| work | goal | reached [95 %] | met |\n|---|---|---:|---|\n");
    let mut work = "";
    // Of work that was not measured at all there is no line; it is counted below.
    for row in rows.iter().filter(|row| row.reached != NOT_MEASURED) {
        let met = row.met.map_or("–", |met| if met { "yes" } else { "**no**" });
        let shown = if row.work == work { "" } else { &row.work };
        table += &format!("| {} | {} | {} | {met} |\n", escape(shown), escape(&row.goal), escape(&row.reached));
        work = &row.work;
    }
    let count = |met| rows.iter().filter(|row| row.met == met).count();
    table += &format!("\n{} goals are met, {} are not", count(Some(true)), count(Some(false)));
    table += &format!(", {} were not measured.\n", count(None));
    let records = goals.groups.iter().filter_map(|group| Folder { path: folder.file(&group.name) }.load().ok());
    let records: Vec<Record> = records.collect();
    table += &peers(&records);
    // All groups were measured by one command, on one machine.
    if let Some(record) = records.first() {
        table.extend(record.notes.iter().map(|note| format!("\n{}\n", escape(note))));
        let environment = &record.environment;
        table += &format!(
            "\n{}, {} cores, {}; commit {}; seed {}; load before {:.1}; made by: {}.\n",
            escape(&environment.cpu),
            environment.cores,
            escape(&environment.rustc),
            escape(&environment.commit),
            record.seed,
            environment.load[0],
            markdown::code(&record.command)
        );
    }
    Ok(table)
}

/// What each peer of `records` is, and why it is a fair one.
fn peers(records: &[Record]) -> String {
    let mut peers: Vec<(&str, &str)> = Vec::new();
    for contender in records.iter().flat_map(|record| &record.workloads).flat_map(|one| &one.contenders) {
        let why = contender.why.as_deref().map(|why| (contender.name.as_str(), why));
        peers.extend(why.filter(|peer| !peers.contains(peer)));
    }
    let lines: String = peers.iter().map(|(name, why)| format!("* *{}*: {}\n", escape(name), escape(why))).collect();
    if lines.is_empty() { lines } else { format!("\nThe other programs:\n\n{lines}") }
}

#[cfg(test)]
#[path = "goals_tests.rs"]
mod tests;
