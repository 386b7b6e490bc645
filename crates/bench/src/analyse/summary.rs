//! What the samples say: the table, before it is drawn. `results.json` is this as a file.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::analyse::bounds::{ceiling, makespan, prime_divisions};
use crate::analyse::computed;
use crate::analyse::pairs::{Pair, pairs};
use crate::analyse::rounds::{Rounds, Runs};
use crate::analyse::verdict::{Verdict, least_order, noise_band};
use crate::analyse::{choosing, mapping};
use crate::base::statistics::{interval, median};
use crate::plan::workload::{Time, Work};
use crate::record::basis::Basis;
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
    /// The answer of `bench choose`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<choosing::Answer>,
    /// The map of `bench map`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<mapping::Map>,
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

/// One contender. Each figure is the median over the rounds; a round's own figure is the mean of its runs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub contender: String,
    /// What its time rests on. Where that is no run, there are no other figures.
    #[serde(default)]
    pub basis: Basis,
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
    /// The longest time that an event loop of its did not turn, for those who say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loop_pause_us: Option<f64>,
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
    /// The median of the rounds' ratios; where one of the two has no rounds, the one time over the other.
    pub median: f64,
    /// The ends of its 95 % interval; none under six rounds.
    pub interval: Option<[f64; 2]>,
    /// The ratio of each round.
    pub values: Vec<f64>,
    /// What the less sure of the two times rests on.
    #[serde(default)]
    pub basis: Basis,
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
        self.was_run().then_some(self.bound_us? / self.time_us)
    }

    /// Whether it ran at all.
    pub fn was_run(&self) -> bool {
        self.basis != Basis::Computed
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

    /// The time of one contender over that of another, round by round, if both are in the table and neither is the baseline.
    pub fn ratio(&self, one: &str, other: &str) -> Option<f64> {
        self.pairs.iter().find_map(|pair| match (pair.one.as_str(), pair.other.as_str()) {
            names if names == (one, other) => pair.ratio,
            names if names == (other, one) => pair.ratio.map(f64::recip),
            _ => None,
        })
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
    let mut summary = summarise(&record, &samples);
    let cores = record.environment.cores;
    summary.map = folder.mapping()?.map(|asked| mapping::map(asked, &summary.workloads, cores));
    summary.choice = folder.choosing()?.map(|asked| choosing::answer(asked, &summary.workloads, cores));
    Ok(summary)
}

/// Sums up `samples`.
pub fn summarise(record: &Record, samples: &[Sample]) -> Summary {
    let runs = Runs::new(samples);
    let table = |recorded: &RecordedWorkload| table(recorded, record, &runs);
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
        choice: None,
        map: None,
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

fn table(recorded: &RecordedWorkload, record: &Record, runs: &Runs) -> Table {
    let name = &recorded.workload.name;
    let time = recorded.workload.time;
    let baseline = recorded.contenders.iter().find(|one| record.baseline.as_ref() == Some(&one.name));
    let of = |contender: &RecordedContender, control| match contender.basis {
        Basis::Rounds => runs.measured(name, &contender.name, control),
        Basis::OneRun if !control => runs.of_round_zero(name, &contender.name),
        _ => Rounds::new([].into_iter()),
    };
    let base = baseline.map(|baseline| of(baseline, false));
    let ratios = |rounds: &Rounds| base.as_ref().map(|base| rounds.ratios(base, time)).unwrap_or_default();
    let noise = baseline.and_then(|baseline| interval(&ratios(&of(baseline, true))));
    let band = noise_band(noise);

    let durations = base.as_ref().zip(baseline).and_then(|(base, one)| prime_durations(recorded, one, base));
    let waits = recorded.delays_us.is_some();
    let row = |contender: &RecordedContender, control: bool| {
        let bound_us = match &durations {
            Some(durations) => Some(makespan(durations, contender.workers) as f64),
            None => contender.bound_us.map(|bound| bound as f64),
        };
        let row = match contender.basis {
            Basis::Computed if control => return None,
            Basis::Computed => {
                let time_us = computed::time_us(recorded, contender, record, runs)?;
                Row { time_us, wall_us: time_us, ..Row::default() }
            }
            _ => line(&of(contender, control), time)?,
        };
        Some(Row {
            contender: contender.name.clone(),
            control,
            basis: contender.basis,
            peak_in_flight: row.peak_in_flight.filter(|_| waits),
            bound_us,
            ..row
        })
    };
    let base_row = baseline.and_then(|baseline| row(baseline, false));
    let compared = |contender: &RecordedContender, control: bool| {
        let row = row(contender, control)?;
        if !control && record.baseline.as_ref() == Some(&row.contender) {
            return Some(row);
        }
        let ratio = base_row.as_ref().and_then(|base| against(&row, base, &ratios(&of(contender, control))));
        let is_judged = |ratio: &&Ratio| !control && ratio.basis == Basis::Rounds;
        let verdict = ratio.as_ref().filter(is_judged).map(|ratio| Verdict::of(interval(&ratio.values), band));
        Some(Row { ratio, verdict, ..row })
    };
    let mut rows: Vec<Row> = recorded.contenders.iter().filter_map(|contender| compared(contender, false)).collect();
    for row in rows.iter_mut().filter(|row| row.peak_kib.is_none()) {
        let proof = runs.of(name, &row.contender).iter().find(|sample| sample.round == 0);
        row.peak_kib = proof.and_then(|sample| sample.peak_kib).filter(|kib| *kib > 0).map(|kib| kib as f64);
        row.peak_from_outside = row.peak_kib.is_some();
    }
    let is_baseline = |row: &Row| record.baseline.as_ref() == Some(&row.contender);
    if let Some(at) = rows.iter().position(is_baseline)
        && let Some(control) = baseline.and_then(|contender| compared(contender, true))
    {
        rows.insert(at + 1, control);
    }
    let others = recorded.contenders.iter().filter(|one| record.baseline.as_ref() != Some(&one.name));
    let has_row = |one: &&RecordedContender| rows.iter().any(|row| row.contender == one.name);
    let repeated = others.filter(|one| one.basis == Basis::Rounds).filter(has_row);
    let others: Vec<(&str, Rounds)> = repeated.map(|one| (one.name.as_str(), of(one, false))).collect();
    Table {
        pairs: pairs(&others, time, least_order(noise), band),
        title: recorded.workload.title(),
        noise_band: band,
        ceiling: durations.and_then(|durations| ceiling(&durations)),
        rows,
        recorded: recorded.clone(),
    }
}

/// `row` beside the baseline: by its `ratios` round by round, or, where one of the two has no rounds, the one time over the other. What was
/// computed says nothing about a contender.
fn against(row: &Row, base: &Row, ratios: &[f64]) -> Option<Ratio> {
    if !row.was_run() {
        return None;
    }
    let basis = row.basis.max(base.basis);
    if basis == Basis::Rounds {
        let interval = interval(ratios).map(|interval| [interval.low, interval.high]);
        return Some(Ratio { median: median(ratios)?, interval, values: ratios.to_vec(), basis });
    }
    Some(Ratio { median: row.time_us / base.time_us, interval: None, values: Vec::new(), basis })
}

/// How long each of the primes' tasks takes by itself, the longest first: the processor time of one by one, which other
/// work on the machine does not lengthen, dealt out by the number of divisions.
fn prime_durations(recorded: &RecordedWorkload, baseline: &RecordedContender, base: &Rounds) -> Option<Vec<u64>> {
    if baseline.workers != 1 || !matches!(recorded.workload.work, Work::Primes { .. }) {
        return None;
    }
    let cpu_us = base.median(|sample| Some((sample.user_us + sample.system_us) as f64))?;
    let divisions = prime_divisions();
    let total: u64 = divisions.iter().sum();
    Some(divisions.iter().map(|divisions| (*divisions as f64 / total as f64 * cpu_us) as u64).collect())
}

/// The figures of a line of the table; none without a run.
fn line(rounds: &Rounds, time: Time) -> Option<Row> {
    let times_us: Vec<f64> = rounds.times(time).into_iter().map(|(_, time)| time).collect();
    let number = |n: Option<u64>| n.map(|n| n as f64);
    let always = |figure: fn(&Sample) -> u64| rounds.median(|sample| Some(figure(sample) as f64)).unwrap_or_default();
    Some(Row {
        runs: rounds.by_round.values().map(Vec::len).sum(),
        time_us: median(&times_us)?,
        times_us,
        wall_us: always(|sample| sample.wall_us),
        inside_us: rounds.median(|sample| sample.inside_us),
        user_us: always(|sample| sample.user_us),
        system_us: always(|sample| sample.system_us),
        voluntary: always(|sample| sample.voluntary),
        involuntary: always(|sample| sample.involuntary),
        peak_kib: rounds.median(|sample| number(sample.peak_kib.filter(|kib| *kib > 0))),
        processes: rounds.median(|sample| number(sample.processes)),
        loop_pause_us: rounds.median(|sample| number(sample.loop_pause_us)),
        left_behind: rounds.by_round.values().flatten().filter_map(|sample| sample.left_behind).sum(),
        errors: rounds.by_round.values().flatten().filter_map(|sample| sample.errors).sum(),
        connections: rounds.median(|sample| number(sample.server_connections)),
        peak_in_flight: rounds.median(|sample| number(sample.server_peak_in_flight)),
        server_cpu_us: rounds.median(|sample| number(sample.server_cpu_us)),
        load: rounds.median(|sample| Some(sample.load)).unwrap_or_default(),
        pressure: rounds.median(|sample| sample.pressure),
        ..Row::default()
    })
}

#[cfg(test)]
#[path = "summary_tests.rs"]
mod tests;
