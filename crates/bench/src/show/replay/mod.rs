//! A recorded run as a film: panes side by side in which each task appears when it ended, with a clock, a growing waterfall, and a
//! time axis to drag. It is a pair of files for a browser, the same in `report.html` and in the page of `race`.

#[cfg(test)]
mod tests;

use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use crate::analyse::summary::{Summary, Table};
use crate::plan::workload::Work;
use crate::record::program_report::{ProgramReport, TaskSample};
use crate::show::pictures::waterfall::Reports;

/// The component: `class Replay`, as a plain script without a dependency.
pub const SCRIPT: &str = include_str!("replay.js");

/// How it looks. Its colours are the page's, by the names of [`palette::page`](crate::show::pictures::palette::page).
pub const STYLE: &str = include_str!("replay.css");

/// The most tasks of a film: of more than that nobody can follow one.
const MOST_TASKS: usize = 500;
/// The most bytes of all films of a page. What comes later in the record is left out.
const MOST_BYTES: usize = 300_000;
/// The most characters of a task's name.
const LONGEST_LABEL: usize = 40;

/// One workload of a recorded run, as the script takes it: the runs of round 1, the first that counted.
#[derive(Debug, Serialize)]
pub struct Film {
    /// What the work was.
    title: String,
    /// Whether tasks are shown from their start, because they turn from one thing into another.
    pending: bool,
    panes: Vec<Pane>,
}

#[derive(Debug, Serialize)]
struct Pane {
    name: String,
    elapsed_us: u64,
    tasks: Vec<Task>,
}

/// Label, copy, start, end, outcome, class of its error, worker.
type Task = (String, u64, u64, u64, &'static str, Option<String>, u64);

/// The films of a recorded run: of each workload whose tasks are known and not too many. Work with waits comes first, since there the
/// strategies differ most.
pub fn films(summary: &Summary, reports: Reports) -> Vec<Film> {
    let waits = |table: &&Table| table.recorded.delays_us.is_some();
    let (first, rest): (Vec<&Table>, Vec<&Table>) = summary.workloads.iter().partition(waits);
    let mut room = MOST_BYTES;
    let fits = |film: &Film| {
        let bytes = json(film).len();
        let fits = bytes <= room;
        room -= if fits { bytes } else { 0 };
        fits
    };
    first.into_iter().chain(rest).filter_map(|table| film(table, reports)).filter(fits).collect()
}

fn film(table: &Table, reports: Reports) -> Option<Film> {
    let work = &table.recorded.workload.work;
    if !(2..=MOST_TASKS).contains(&work.count()) {
        return None;
    }
    let pane = |name: &String| pane(name, &reports(&table.recorded.workload.name, name)?);
    let panes: Vec<Pane> = table.contenders().filter_map(|row| pane(&row.contender)).collect();
    let pending = matches!(work, Work::Primes { .. });
    (!panes.is_empty()).then(|| Film { title: table.title.clone(), pending, panes })
}

/// The pane of one report, if it tells of its tasks.
fn pane(name: &str, report: &ProgramReport) -> Option<Pane> {
    if !(2..=MOST_TASKS).contains(&report.samples.len()) {
        return None;
    }
    let tasks = report.samples.iter().map(task).collect();
    Some(Pane { name: name.into(), elapsed_us: report.elapsed_us, tasks })
}

fn task(sample: &TaskSample) -> Task {
    const OUTCOMES: [&str; 4] = ["error", "not_found", "prime", "composite"];
    let outcome = OUTCOMES.into_iter().find(|outcome| sample.outcome == *outcome).unwrap_or("ok");
    let short = |text: &String| text.chars().take(LONGEST_LABEL).collect::<String>();
    let class = sample.class.as_ref().map(short);
    (short(&sample.task), sample.copy, sample.start_us, sample.end_us, outcome, class, sample.worker)
}

/// The films and what shows them, for a page that has [`STYLE`] in its head: all in it, nothing from elsewhere.
pub fn section(films: &[Film]) -> Markup {
    html! {
        div #replay { noscript { p { "The replay is a script in this file, and scripts are switched off." } } }
        script type="application/json" id="films" { (PreEscaped(json(films))) }
        script { (PreEscaped(SCRIPT)) "Replay.recorded(document.getElementById('replay'), JSON.parse(document.getElementById('films').textContent));" }
    }
}

/// JSON that can stand in HTML: nothing in it ends a script.
fn json(value: &(impl Serialize + ?Sized)) -> String {
    let json = serde_json::to_string(value).expect("text and numbers are JSON");
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
