//! `waterfall.svg`: when each request ran, all strategies on one time axis. One by one is a staircase; what runs at the
//! same time is a wall.

use std::collections::BTreeMap;

use super::scale::Scale;
use super::svg::{Anchor, Svg};
use crate::analyse::summary::{Row, Summary, Table};
use crate::base::numbers::{duration, thousands};
use crate::record::program_report::{Phases, ProgramReport, TaskSample};
use crate::show::{column, sentences};

/// Up to this number each task has a lane of its own; above it the tasks of one worker share one.
const FEW_TASKS: usize = 40;
/// The most tasks that are drawn: beyond, nothing could be told apart.
const MOST_TASKS: usize = 2_000;
/// The parts of a download, with their classes, in the order in which they happen.
const PHASES: [(&str, &str); 6] = [
    ("waiting before the request", "wait"),
    ("connect", "connect"),
    ("until the first byte", "first-byte"),
    ("body", "body"),
    ("compute", COMPUTE),
    ("save", "save"),
];

/// The class of what keeps a processor busy.
const COMPUTE: &str = "work";

/// Finds what a contender printed in round 1 of a workload.
pub type Reports<'a> = &'a dyn Fn(&str, &str) -> Option<ProgramReport>;

/// The waterfall of the delaying server's flags if they were measured, or of another workload whose tasks are known.
pub fn draw(summary: &Summary, reports: Reports, width: f64) -> Option<String> {
    Some(draw_table(subject(summary, reports, MOST_TASKS)?, reports, width))
}

/// The workload of a picture of tasks that has room for this many: the delaying server's flags, or another whose tasks are known.
pub fn subject<'a>(summary: &'a Summary, reports: Reports, most: usize) -> Option<&'a Table> {
    let drawable = |table: &&Table| {
        let count = table.recorded.workload.work.count();
        count > 1 && count <= most && table.contenders().any(|row| has_tasks(table, &row.contender, reports))
    };
    let delaying = |table: &&Table| table.recorded.delays_us.is_some();
    let tables = || summary.workloads.iter().filter(drawable);
    tables().find(delaying).or_else(|| tables().next())
}

fn has_tasks(table: &Table, contender: &str, reports: Reports) -> bool {
    reports(&table.recorded.workload.name, contender).is_some_and(|report| report.samples.len() > 1)
}

fn draw_table(table: &Table, reports: Reports, width: f64) -> String {
    let panels: Vec<(&Row, f64, ProgramReport)> = table
        .contenders()
        .filter_map(|row| {
            let report = reports(&table.recorded.workload.name, &row.contender)?;
            (report.samples.len() > 1).then_some((row, row.bound_us.unwrap_or(0.0), report))
        })
        .collect();
    let last = panels.iter().map(|(_, bound, report)| end(report).max(*bound)).fold(1.0, f64::max);
    let few = table.recorded.workload.work.count() <= FEW_TASKS;
    let lane = if few { 8.0 } else { 5.0 };

    let mut svg = Svg::new(width);
    let title = format!("When each task ran: {}", table.title);
    let mut y = 28.0 + svg.paragraph((16.0, 28.0), "head", &title);
    let x = Scale::linear(last, [16.0, width - 20.0]);
    let top = y;
    let height: f64 = panels.iter().map(|(_, _, report)| 34.0 + lanes(report, few).len() as f64 * (lane + 1.0)).sum();
    for tick in x.ticks(80.0) {
        svg.line([x.at(tick), top, x.at(tick), top + height], "grid", "");
        svg.text((x.at(tick), top + height + 16.0), Anchor::Middle, "soft", &duration(tick).replace("0 µs", "0"));
    }
    for (row, bound, report) in &panels {
        let name = &row.contender;
        y += 20.0;
        let lanes = lanes(report, few);
        svg.text((16.0, y), Anchor::Start, "name", name);
        let workers = report.samples.iter().map(|sample| sample.worker + 1).max().unwrap_or(1);
        let plural = if workers == 1 { "" } else { "s" };
        let facts = format!("{} with {} worker{plural}", column::time(row), thousands(workers));
        svg.text((28.0 + 7.6 * name.len() as f64, y), Anchor::Start, "soft", &facts);
        y += 8.0;
        let ceiling = y - 2.0;
        for samples in lanes {
            for sample in samples {
                task(&mut svg, sample, &x, y, lane);
            }
            y += lane + 1.0;
        }
        if *bound > 0.0 {
            let says = format!("the bound: no schedule of these delays in this order ends before {}", duration(*bound));
            svg.line([x.at(*bound), ceiling, x.at(*bound), y + 2.0], "bound", &says);
        }
        y += 6.0;
    }
    y += 44.0;
    y = legend(&mut svg, &panels, y);
    let note = if few { "A lane for each task, in the order of their starts." } else { "A lane for each worker." };
    let time = sentences::kind_of_time(table);
    let note = format!(
        "{note} The time beside a name is the table's, the median of all rounds ({time}). The bars are from round 1, the first that \
         was measured, and their axis begins with main. The dashed line is the bound."
    );
    y += svg.paragraph((16.0, y + 24.0), "soft", &note);
    svg.finish(y + 24.0, &title, &format!("{} strategies on one time axis of {}", panels.len(), duration(last)))
}

/// The tasks by lane: each its own in the order of their starts, or one for each worker.
fn lanes(report: &ProgramReport, few: bool) -> Vec<Vec<&TaskSample>> {
    let mut samples: Vec<&TaskSample> = report.samples.iter().collect();
    samples.sort_by_key(|sample| (sample.start_us, sample.end_us));
    if few {
        return samples.into_iter().map(|sample| vec![sample]).collect();
    }
    let mut lanes: BTreeMap<u64, Vec<&TaskSample>> = BTreeMap::new();
    samples.into_iter().for_each(|sample| lanes.entry(sample.worker).or_default().push(sample));
    lanes.into_values().collect()
}

fn task(svg: &mut Svg, sample: &TaskSample, x: &Scale, y: f64, lane: f64) {
    let copy = if sample.copy > 1 { format!(" (copy {})", sample.copy) } else { String::new() };
    let [start, end] = [sample.start_us as f64, sample.end_us as f64];
    let whole = format!(
        "{}{copy}, worker {}: {} to {}, {}",
        sample.task,
        sample.worker,
        duration(start),
        duration(end),
        sample.outcome
    );
    let lengths = |phases: Phases| {
        [phases.wait_us, phases.connect_us, phases.first_byte_us, phases.body_us, phases.compute_us, phases.save_us]
    };
    // What is no download has none.
    let Some(lengths) = sample.phases.map(lengths).filter(|lengths| lengths.iter().any(|length| *length > 0)) else {
        svg.rect([x.at(start), y, x.at(end) - x.at(start), lane], "work", &whole);
        return;
    };
    let mut from = start;
    for ((name, class), length) in PHASES.iter().zip(lengths) {
        if length > 0 {
            let to = from + length as f64;
            let says = format!("{whole}; {name} {}", duration(length as f64));
            svg.rect([x.at(from), y, x.at(to) - x.at(from), lane], class, &says);
            from = to;
        }
    }
}

/// The phases that occur, with their colours; returns where it ends.
fn legend(svg: &mut Svg, panels: &[(&Row, f64, ProgramReport)], y: f64) -> f64 {
    let is_download = panels.iter().any(|(_, _, report)| {
        report.samples.iter().any(|sample| sample.phases.is_some_and(|phases| phases.first_byte_us > 0))
    });
    let computes = panels.iter().any(|(_, _, report)| {
        report.samples.iter().any(|sample| sample.phases.is_some_and(|phases| phases.compute_us > 0))
    });
    let occurs = |(_, class): &&(&'static str, &'static str)| computes || *class != COMPUTE;
    let entries: Vec<(&str, &str)> = match is_download {
        true => PHASES[1..].iter().filter(occurs).copied().collect(),
        false => vec![("work", COMPUTE)],
    };
    let (mut at, mut y) = (16.0, y);
    for (name, class) in entries {
        let length = 32.0 + 6.6 * name.len() as f64;
        if at + length > svg.width - 16.0 {
            (at, y) = (16.0, y + 18.0);
        }
        svg.rect([at, y - 9.0, 10.0, 10.0], class, name);
        svg.text((at + 15.0, y), Anchor::Start, "soft", name);
        at += length;
    }
    y
}

fn end(report: &ProgramReport) -> f64 {
    report.samples.iter().map(|sample| sample.end_us as f64).fold(0.0, f64::max)
}
