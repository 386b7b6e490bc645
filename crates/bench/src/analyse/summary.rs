//! What the samples say: the table, before it is drawn. `results.json` is this as a file.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::analyse::bounds::{ceiling, makespan, prime_divisions};
use crate::analyse::rounds::{Rounds, Runs};
use crate::analyse::verdict::{Verdict, noise_band};
use crate::base::statistics::{USUAL, interval, interval_at, median};
use crate::plan::workload::{Time, Work};
use crate::record::folder::Folder;
use crate::record::run::{Record, RecordedContender, RecordedWorkload};
use crate::record::sample::Sample;

/// The version of `results.json`; its schema is `crates/bench/results.schema.json`.
pub const SCHEMA_VERSION: u32 = 1;

/// A whole run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// Raised when a field changes its meaning.
    pub schema_version: u32,
    /// What the run was made with, and where.
    #[serde(flatten)]
    pub run: RunFacts,
    /// A table for each workload.
    pub workloads: Vec<Table>,
    /// Every wrong answer.
    pub wrong: Vec<WrongAnswer>,
    /// What a reader has to know about this run.
    pub notes: Vec<String>,
}

/// What a run was made with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunFacts {
    /// The command line that made it.
    pub command: String,
    /// Whether it is a sweep.
    pub sweep: bool,
    /// The seed of the order of the runs and of the server's delays.
    pub seed: u64,
    /// The time that the rounds were to take, in seconds.
    pub budget_s: f64,
    /// The number of rounds; none if it ended in round 0.
    pub rounds: Option<usize>,
    /// The one that the others are compared with.
    pub baseline: Option<String>,
    /// The machine and the build.
    pub environment: crate::record::environment::Environment,
}

/// One workload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table {
    /// The workload, its server's delays, and the commands.
    #[serde(flatten)]
    pub recorded: RecordedWorkload,
    /// What is done, in words.
    pub title: String,
    /// The band around 1 in which a ratio means nothing.
    pub noise_band: f64,
    /// How many times faster than one by one any machine could be, where that is known.
    pub ceiling: Option<f64>,
    /// A row for each contender that was never wrong, and one for the control.
    pub rows: Vec<Row>,
    /// Every pair of contenders beside the baseline.
    #[serde(default)]
    pub pairs: Vec<Pair>,
}

/// Two contenders beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The one that is judged.
    pub one: String,
    /// The other.
    pub other: String,
    /// The word for the one beside the other. The words for all pairs of a table hold at once with 95 % confidence.
    pub verdict: Verdict,
}

/// One contender. Each figure is the median over the rounds; a round's own figure is the mean of its runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub contender: String,
    /// Whether this is the baseline's other self.
    pub control: bool,
    /// How many runs were measured.
    pub runs: usize,
    /// The time that is compared, in microseconds: [`Time`] says which one that is.
    pub time_us: f64,
    /// The same, round by round.
    pub times_us: Vec<f64>,
    /// From the start of the process to its end.
    pub wall_us: f64,
    /// Inside `main`, for those who say.
    pub inside_us: Option<f64>,
    /// Compared with the baseline.
    pub ratio: Option<Ratio>,
    /// The word for it.
    pub verdict: Option<Verdict>,
    /// Processor time in user mode.
    pub user_us: f64,
    /// Processor time in the kernel.
    pub system_us: f64,
    /// Context switches because it waited for something.
    pub voluntary: f64,
    /// Context switches because the kernel gave the core to another process.
    pub involuntary: f64,
    /// The peaks of all its processes, added up.
    pub peak_kib: Option<f64>,
    /// Whether that was seen from outside, in round 0.
    pub peak_from_outside: bool,
    /// How many processes it had, for those who say.
    pub processes: Option<f64>,
    /// Processes that it left behind and that had to be ended, in all rounds together.
    #[serde(default)]
    pub left_behind: u64,
    /// Tasks that failed, in all rounds together.
    pub errors: u64,
    /// Connections that it made.
    pub connections: Option<f64>,
    /// The most requests at a time that a server which waits saw; one that does not answers each before it looks at the next.
    pub peak_in_flight: Option<f64>,
    /// The server's own processor time.
    pub server_cpu_us: Option<f64>,
    /// The time that no strategy with these workers can beat, where it is known.
    pub bound_us: Option<f64>,
    /// The machine's load over the minute before, everything on it included.
    pub load: f64,
    /// The share of the 10 s before in which something waited for a core, in percent.
    pub pressure: Option<f64>,
}

/// A contender's time over the baseline's, pair by pair.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ratio {
    /// The median of the rounds' ratios.
    pub median: f64,
    /// The ends of its 95 % interval; none under six rounds.
    pub interval: Option<[f64; 2]>,
    /// The ratio of each round.
    pub values: Vec<f64>,
}

/// A wrong answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WrongAnswer {
    /// The workload.
    pub workload: String,
    /// Whose answer.
    pub contender: String,
    /// In which round.
    pub round: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl Summary {
    /// Whether a function of one's own was measured, by the program that has it.
    pub fn is_of_own_work(&self) -> bool {
        self.workloads.iter().any(|table| matches!(table.recorded.workload.work, Work::Own { .. }))
    }
}

impl Row {
    /// Processor time in all, in microseconds.
    pub fn cpu_us(&self) -> f64 {
        self.user_us + self.system_us
    }

    /// Context switches in all.
    pub fn switches(&self) -> f64 {
        self.voluntary + self.involuntary
    }

    /// How near it comes to its bound: 1 is as good as can be.
    pub fn efficiency(&self) -> Option<f64> {
        Some(self.bound_us? / self.time_us)
    }

    /// The name as a table shows it.
    pub fn label(&self) -> String {
        if self.control { format!("{} again", self.contender) } else { self.contender.clone() }
    }
}

impl Table {
    /// The row of the baseline.
    pub fn baseline(&self, name: Option<&str>) -> Option<&Row> {
        self.rows.iter().find(|row| !row.control && Some(row.contender.as_str()) == name)
    }

    /// The word for one contender beside another, if both are in the table and neither is the baseline.
    pub fn verdict(&self, one: &str, other: &str) -> Option<Verdict> {
        self.pairs.iter().find_map(|pair| match (pair.one.as_str(), pair.other.as_str()) {
            names if names == (one, other) => Some(pair.verdict),
            names if names == (other, one) => Some(pair.verdict.reversed()),
            _ => None,
        })
    }

    /// The rows of the contenders, without the control.
    pub fn contenders(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.control)
    }
}

/// Sums up the run in `folder`.
///
/// # Errors
/// Files that are missing or damaged.
pub fn read(folder: &Folder) -> anyhow::Result<Summary> {
    let record = folder.load()?;
    let samples = folder.samples()?;
    Ok(summarise(&record, &samples))
}

/// Sums up `samples`.
pub fn summarise(record: &Record, samples: &[Sample]) -> Summary {
    let runs = Runs::new(samples);
    let baseline = record.baseline.as_deref();
    let table = |recorded: &RecordedWorkload| table(recorded, &runs, baseline);
    Summary {
        schema_version: SCHEMA_VERSION,
        run: RunFacts {
            command: record.command.clone(),
            sweep: record.sweep,
            seed: record.seed,
            budget_s: record.budget_s,
            rounds: record.rounds,
            baseline: record.baseline.clone(),
            environment: record.environment.clone(),
        },
        workloads: record.workloads.iter().map(table).collect(),
        wrong: wrong_answers(samples),
        notes: record.notes.clone(),
    }
}

/// The first wrong answer of each contender in each workload.
fn wrong_answers(samples: &[Sample]) -> Vec<WrongAnswer> {
    let mut seen = HashSet::new();
    let wrong = samples.iter().filter_map(|sample| Some((sample, sample.wrong.as_ref()?)));
    wrong
        .filter(|(sample, _)| seen.insert((&sample.workload, &sample.contender)))
        .map(|(sample, reason)| WrongAnswer {
            workload: sample.workload.clone(),
            contender: sample.contender.clone(),
            round: sample.round,
            reason: reason.clone(),
        })
        .collect()
}

fn table(recorded: &RecordedWorkload, runs: &Runs, baseline: Option<&str>) -> Table {
    let name = &recorded.workload.name;
    let time = recorded.workload.time;
    let of = |contender: &str, control| runs.measured(name, contender, control);
    let base = baseline.map(|baseline| of(baseline, false));
    let ratios = |rounds: &Rounds| base.as_ref().map(|base| rounds.ratios(base, time)).unwrap_or_default();
    let control = baseline.map(|baseline| of(baseline, true));
    let band = noise_band(control.as_ref().and_then(|control| interval(&ratios(control))));

    let durations = base.as_ref().and_then(|base| prime_durations(recorded, baseline, base));
    let waits = recorded.delays_us.is_some();
    let row = |contender: &RecordedContender, control: bool| {
        let rounds = of(&contender.name, control);
        let is_baseline = baseline == Some(contender.name.as_str()) && !control;
        let ratio = if is_baseline { Vec::new() } else { ratios(&rounds) };
        let bound = match &durations {
            Some(durations) => Some(makespan(durations, contender.workers) as f64),
            None => contender.bound_us.map(|bound| bound as f64),
        };
        let row = line(&rounds, &contender.name, control, time, &ratio, band, bound)?;
        Some(Row { peak_in_flight: row.peak_in_flight.filter(|_| waits), ..row })
    };
    let mut rows: Vec<Row> = recorded.contenders.iter().filter_map(|contender| row(contender, false)).collect();
    for row in rows.iter_mut().filter(|row| row.peak_kib.is_none()) {
        let proof = runs.of(name, &row.contender).iter().find(|sample| sample.round == 0);
        row.peak_kib = proof.and_then(|sample| sample.peak_kib).filter(|kib| *kib > 0).map(|kib| kib as f64);
        row.peak_from_outside = row.peak_kib.is_some();
    }
    if let Some(at) = rows.iter().position(|row| Some(row.contender.as_str()) == baseline) {
        let twin = recorded.contenders.iter().find(|one| Some(one.name.as_str()) == baseline);
        if let Some(control) = twin.and_then(|contender| row(contender, true)) {
            rows.insert(at + 1, control);
        }
    }
    let others = rows.iter().filter(|row| !row.control && Some(row.contender.as_str()) != baseline);
    let others: Vec<(&str, Rounds)> = others.map(|row| (row.contender.as_str(), of(&row.contender, false))).collect();
    Table {
        pairs: pairs(&others, time, band),
        title: recorded.workload.title(),
        noise_band: band,
        ceiling: durations.and_then(|durations| ceiling(&durations)),
        rows,
        recorded: recorded.clone(),
    }
}

/// Every pair, by the same rule as beside the baseline. Each interval has the confidence with which all of them hold at once
/// at 95 % (Bonferroni).
fn pairs(contenders: &[(&str, Rounds)], time: Time, band: f64) -> Vec<Pair> {
    let count = contenders.len() * contenders.len().saturating_sub(1) / 2;
    let least = 1.0 - (1.0 - USUAL) / count.max(1) as f64;
    let with_later = |(place, (one, rounds)): (usize, &(&str, Rounds))| {
        let pair = |(other, others): &(&str, Rounds)| Pair {
            one: one.to_string(),
            other: other.to_string(),
            verdict: Verdict::of(interval_at(&rounds.ratios(others, time), least), band),
        };
        contenders[place + 1..].iter().map(pair).collect::<Vec<_>>()
    };
    contenders.iter().enumerate().flat_map(with_later).collect()
}

/// How long each of the primes' tasks takes by itself, the longest first: the processor time of one by one, which other
/// work on the machine does not lengthen, dealt out by the number of divisions.
fn prime_durations(recorded: &RecordedWorkload, baseline: Option<&str>, base: &Rounds) -> Option<Vec<u64>> {
    let one_by_one = recorded.contenders.iter().any(|one| Some(one.name.as_str()) == baseline && one.workers == 1);
    if !one_by_one || !matches!(recorded.workload.work, Work::Primes { .. }) {
        return None;
    }
    let cpu_us = base.median(|sample| Some((sample.user_us + sample.system_us) as f64))?;
    let divisions = prime_divisions();
    let total: u64 = divisions.iter().sum();
    Some(divisions.iter().map(|divisions| (*divisions as f64 / total as f64 * cpu_us) as u64).collect())
}

/// A line of the table; none without a run.
fn line(
    rounds: &Rounds,
    contender: &str,
    control: bool,
    time: Time,
    ratios: &[f64],
    band: f64,
    bound: Option<f64>,
) -> Option<Row> {
    let times_us: Vec<f64> = rounds.times(time).into_iter().map(|(_, time)| time).collect();
    let number = |n: Option<u64>| n.map(|n| n as f64);
    let always = |figure: fn(&Sample) -> u64| rounds.median(|sample| Some(figure(sample) as f64)).unwrap_or_default();
    let spread = interval(ratios);
    Some(Row {
        contender: contender.into(),
        control,
        runs: rounds.by_round.values().map(Vec::len).sum(),
        time_us: median(&times_us)?,
        times_us,
        wall_us: always(|sample| sample.wall_us),
        inside_us: rounds.median(|sample| sample.inside_us),
        ratio: median(ratios).map(|median| Ratio {
            median,
            interval: spread.map(|interval| [interval.low, interval.high]),
            values: ratios.to_vec(),
        }),
        verdict: (!ratios.is_empty() && !control).then(|| Verdict::of(spread, band)),
        user_us: always(|sample| sample.user_us),
        system_us: always(|sample| sample.system_us),
        voluntary: always(|sample| sample.voluntary),
        involuntary: always(|sample| sample.involuntary),
        peak_kib: rounds.median(|sample| number(sample.peak_kib.filter(|kib| *kib > 0))),
        peak_from_outside: false,
        processes: rounds.median(|sample| number(sample.processes)),
        left_behind: rounds.by_round.values().flatten().filter_map(|sample| sample.left_behind).sum(),
        errors: rounds.by_round.values().flatten().filter_map(|sample| sample.errors).sum(),
        connections: rounds.median(|sample| number(sample.server_connections)),
        peak_in_flight: rounds.median(|sample| number(sample.server_peak_in_flight)),
        server_cpu_us: rounds.median(|sample| number(sample.server_cpu_us)),
        bound_us: bound,
        load: rounds.median(|sample| Some(sample.load)).unwrap_or_default(),
        pressure: rounds.median(|sample| sample.pressure),
    })
}

#[cfg(test)]
#[path = "summary_tests.rs"]
mod tests;
