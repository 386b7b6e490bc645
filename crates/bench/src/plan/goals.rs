//! The goals, which are data: what is to be measured for them, and how good it is to be.

use std::path::Path;

use anyhow::{Result, bail};
use serde::Deserialize;

use crate::base::numbers::{duration, thousands, three_digits};
use crate::base::untrusted::visible;
use crate::plan::Match;
use crate::plan::contenders::{self, Contender};
use crate::plan::workload::{Time, Work, Workload, every_code, possible_codes};

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
    pub(crate) goals: Vec<Goal>,
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
    pub(crate) workloads: Vec<Task>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Task {
    pub(crate) name: String,
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
    pub(crate) contenders: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Goal {
    pub(crate) on: String,
    pub(crate) who: Vec<String>,
    #[serde(default)]
    pub(crate) figure: Figure,
    #[serde(default)]
    pub(crate) than: Vec<String>,
    pub(crate) than_on: Option<String>,
    pub(crate) faster: Option<f64>,
    pub(crate) at_most: Option<f64>,
    pub(crate) exactly: Option<f64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Figure {
    #[default]
    Time,
    Cpu,
    Memory,
    Connections,
    Bound,
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
    pub(crate) fn title(&self, on: &str) -> &str {
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
    /// another server.
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
    pub(crate) fn workload(&self, seed: u64) -> Workload {
        let (count, codes) = if self.every { (676, possible_codes()) } else { (self.flags, every_code()) };
        let work = Work::flags(count, &codes, self.concurrency, self.delay.clone(), seed);
        let work = if self.nginx { work.from_nginx() } else { work };
        Workload { name: self.name.clone(), ..Workload::new(work, self.time.unwrap_or(Time::Wall)) }
    }
}

impl Goal {
    /// Beside whom: `curl`, `curl with 200 flags`, `it with 200 flags`, or empty.
    pub(crate) fn other<'a>(&self, title: &dyn Fn(&str) -> &'a str, than: Option<&String>) -> String {
        match (than, &self.than_on) {
            (Some(than), Some(on)) => format!("{than} with {}", title(on)),
            (Some(than), None) => than.clone(),
            (None, Some(on)) => format!("it with {}", title(on)),
            (None, None) => String::new(),
        }
    }

    pub(crate) fn words(&self, who: &str, other: &str) -> String {
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
    pub(crate) fn of_samples(self, figure: f64) -> f64 {
        match self {
            Self::Time | Self::Cpu => figure * 1e3,
            Self::Memory => figure * 1e6 / 1024.0,
            Self::Connections | Self::Bound => figure,
        }
    }

    pub(crate) fn words(self, figure: f64) -> String {
        match self {
            Self::Time | Self::Cpu => duration(figure),
            Self::Memory => format!("{} MB", three_digits(figure * 1024.0 / 1e6)),
            Self::Connections => thousands(figure.round() as u64),
            Self::Bound => three_digits(figure),
        }
    }
}
