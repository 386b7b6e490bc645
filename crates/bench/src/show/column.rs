//! The columns of the table of a run, and of its CSV: each is one entry here, and every way to show it is made from that.

use crate::analyse::summary::{Row, Summary, Table};
use crate::base::numbers::{duration, ends, percent, speed, thousands, three_digits};
use crate::plan::workload::Time;

/// A column of the table.
#[derive(Debug)]
pub struct Column {
    /// What stands above it, which may name the baseline.
    pub head: fn(&Summary) -> String,
    /// What it means, in one sentence.
    pub legend: &'static str,
    /// The text of a row; none where it says nothing.
    pub cell: fn(&Row, &Scope) -> Option<String>,
    /// When a narrow screen goes without it: 0 is the first to go, and without a number it stays.
    pub goes: Option<u8>,
}

/// What a row is read against.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The strategy that the others are compared with.
    pub baseline: Option<&'a str>,
    /// Whether the time is that of the whole process: else its other costs say nothing about it.
    pub whole: bool,
}

impl<'a> Scope<'a> {
    /// That of the rows of `table`.
    pub fn new(table: &Table, summary: &'a Summary) -> Self {
        let whole = table.recorded.workload.time == Time::Wall;
        Self { baseline: summary.run.baseline.as_deref(), whole }
    }
}

/// The columns, in their order.
pub const COLUMNS: [Column; 10] = [
    Column {
        head: |_| "strategy".into(),
        legend: "The strategy. \u{201c}again\u{201d} marks the control: the second run of the baseline in each round.",
        cell: |row, _| Some(row.label()),
        goes: None,
    },
    Column {
        head: |_| "time".into(),
        legend: "The median over the rounds, or that of one run, or computed, and then it says so. The line above the table says of what: \
                 the whole process from start to end, or the work inside main, where the process would outweigh it.",
        cell: |row, _| Some(time(row)),
        goes: None,
    },
    Column {
        head: |summary| format!("against {}", summary.run.baseline.as_deref().unwrap_or("baseline")),
        legend: "How many times as fast or as slow as the baseline in the same round: the median over the rounds.",
        cell: |row, scope| match &row.ratio {
            Some(ratio) => Some(speed(ratio.median, None)),
            None => (!row.control && scope.baseline == Some(&row.contender)).then(|| "1".into()),
        },
        goes: None,
    },
    Column {
        head: |_| "95 %".into(),
        legend: "Where that number lies with 95 % confidence, by an exact interval. An end under 1 lies on the other side: slower in what \
                 is said to be faster.",
        cell: |row, _| row.ratio.as_ref().and_then(|ratio| ends(ratio.median, ratio.interval?).into()),
        goes: Some(6),
    },
    Column {
        head: |_| "verdict".into(),
        legend: "Faster, slower or the same as the baseline, by where the interval lies beside the noise; else unclear. Without an interval \
                 it says why there is none: one of the two times is that of 1 run, or computed.",
        cell: |row, _| match row.verdict {
            _ if row.control => Some("(control)".into()),
            Some(verdict) => Some(verdict.word().into()),
            None => row.ratio.as_ref().and_then(|ratio| ratio.basis.mark()).map(Into::into),
        },
        goes: Some(5),
    },
    Column {
        head: |_| "of bound".into(),
        legend: "How near the time comes to the least that any strategy with this number of workers can need.",
        cell: |row, _| row.efficiency().map(percent),
        goes: Some(1),
    },
    Column {
        head: |_| "CPU".into(),
        legend: "The processor time of all its processes together, in user mode and in the kernel.",
        cell: |row, scope| (scope.whole && row.was_run()).then(|| duration(row.cpu_us())),
        goes: Some(4),
    },
    Column {
        head: |_| "memory".into(),
        legend: "The peaks of all its processes, added up.",
        cell: |row, _| Some(memory(row)),
        goes: Some(3),
    },
    Column {
        head: |_| "switches".into(),
        legend: "How often the kernel took a core from it or it waited for something: its context switches.",
        cell: |row, scope| (scope.whole && row.was_run()).then(|| thousands(row.switches().round() as u64)),
        goes: Some(2),
    },
    Column {
        head: |_| "errors".into(),
        legend: "Tasks that failed, in all rounds together.",
        cell: |row, _| row.was_run().then(|| thousands(row.errors)),
        goes: Some(0),
    },
];

/// The time of a row.
pub fn time(row: &Row) -> String {
    duration(row.time_us) + &row.basis.suffix()
}

/// The memory of a row.
pub fn memory(row: &Row) -> String {
    row.peak_kib.map_or_else(|| "not measured".into(), |kib| format!("{} MiB", three_digits(kib / 1024.0)))
}

/// A column of `results.csv`: its name and its text; times are in microseconds.
pub type CsvColumn = (&'static str, fn(&Table, &Row) -> String);

/// The columns of `results.csv`, in their order.
pub const CSV: [CsvColumn; 23] = [
    ("workload", |table, _| table.recorded.workload.name.clone()),
    ("contender", |_, row| row.contender.clone()),
    ("control", |_, row| row.control.to_string()),
    ("runs", |_, row| row.runs.to_string()),
    ("basis", |_, row| row.basis.name().into()),
    ("time_us", |_, row| tenths(row.time_us)),
    ("wall_us", |_, row| tenths(row.wall_us)),
    ("inside_us", |_, row| tenths(row.inside_us)),
    ("ratio", |_, row| ratio(row.ratio.as_ref().map(|ratio| ratio.median))),
    ("ratio_low", |_, row| ratio(row.ratio.as_ref().and_then(|ratio| Some(ratio.interval?[0])))),
    ("ratio_high", |_, row| ratio(row.ratio.as_ref().and_then(|ratio| Some(ratio.interval?[1])))),
    ("verdict", |_, row| row.verdict.map(|verdict| verdict.word().to_owned()).unwrap_or_default()),
    ("bound_us", |_, row| tenths(row.bound_us)),
    ("user_us", |_, row| tenths(row.user_us)),
    ("system_us", |_, row| tenths(row.system_us)),
    ("voluntary", |_, row| tenths(row.voluntary)),
    ("involuntary", |_, row| tenths(row.involuntary)),
    ("peak_kib", |_, row| tenths(row.peak_kib)),
    ("processes", |_, row| tenths(row.processes)),
    ("errors", |_, row| row.errors.to_string()),
    ("connections", |_, row| tenths(row.connections)),
    ("peak_in_flight", |_, row| tenths(row.peak_in_flight)),
    ("server_cpu_us", |_, row| tenths(row.server_cpu_us)),
];

fn tenths(number: impl Into<Option<f64>>) -> String {
    number.into().map(|number| format!("{number:.1}")).unwrap_or_default()
}

fn ratio(number: Option<f64>) -> String {
    number.map(|number| format!("{number:.6}")).unwrap_or_default()
}
