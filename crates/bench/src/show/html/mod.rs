//! `report.html`: one file with everything, that needs no network; its one script is the replay, and the rest needs none. The answer and its reason come first, then the
//! contents, then the pictures and the tables, each with what it shows in plain words.

mod lead;
mod parts;
#[cfg(test)]
mod tests;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::analyse::summary::Summary;
use crate::base::numbers::moment;
use crate::plan::strategies;
use crate::show::pictures::palette;
use crate::show::replay::{self, Film};
use crate::show::{choice, headline, map, sentences, sweep, table};
use parts::{Section, explain, figure, grid};

/// A picture, drawn for a wide window and for a telephone.
pub type Drawn<'a> = &'a dyn Fn(&str, f64) -> Option<String>;

const STYLE: &str = include_str!("style.css");

/// The whole page.
pub fn page(summary: &Summary, drawn: Drawn, films: &[Film]) -> String {
    let kinds: Vec<&str> = strategies::all().iter().map(|strategy| strategy.kind.as_str()).collect();
    let subject = if summary.run.sweep { "how the strategies scale".to_owned() } else { kinds.join(", ") };
    let title = format!("Side by Side: {subject}");
    let sections = sections(summary, drawn, films);
    let style = html! { (PreEscaped(STYLE)) (PreEscaped(&*palette::STYLE)) @if !films.is_empty() { (PreEscaped(replay::STYLE)) } };
    let body = html! {
        a.skip href="#contents" { "To the contents" }
        main {
            h1 { (title) }
            (origin(summary))
            div.lead { @for sentence in lead::sentences(summary) { p { (sentence) } } }
            (verdicts(summary))
            nav #contents aria-label="Contents" {
                ul { @for section in &sections { li { a href={ "#" (section.id) } { (section.heading) } } } }
            }
            @for section in &sections {
                section {
                    h2 id=(section.id) { (section.heading) }
                    (section.body)
                }
            }
        }
    };
    whole(&title, &style, &body)
}

/// A page of nothing but the replay.
pub fn replay_page(summary: &Summary, films: &[Film]) -> String {
    let title = "Side by Side: a recorded run";
    let style =
        html! { (PreEscaped(STYLE)) "body { max-width: 90rem; padding-top: 1rem; }" (PreEscaped(replay::STYLE)) };
    let body = html! { main { h1 { (title) } (origin(summary)) (replay::section(films)) } };
    whole(title, &style, &body)
}

/// Where and when it was measured.
fn origin(summary: &Summary) -> Markup {
    let environment = &summary.run.environment;
    html! { p.soft { (environment.cpu) ", " (environment.cores) " cores, " (moment(environment.started)) } }
}

fn whole(title: &str, style: &Markup, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(palette::page())) (style) }
            }
            body { (body) }
        }
    };
    page.into_string()
}

/// The sections of the page, in their order; the contents are made from them.
fn sections(summary: &Summary, drawn: Drawn, films: &[Film]) -> Vec<Section> {
    let tables = if summary.run.sweep { sweep_tables(summary) } else { tables(summary) };
    let text = |id: &str, heading: &str, body: Markup| Some(Section { id: id.into(), heading: heading.into(), body });
    let sections = [
        vec![
            figure(drawn, "map"),
            figure(drawn, "waterfall"),
            replay(films),
            figure(drawn, "scaling"),
            figure(drawn, "memory"),
            figure(drawn, "switches"),
        ],
        tables.into_iter().map(Some).collect(),
        vec![
            figure(drawn, "ratios"),
            figure(drawn, "cost"),
            text("method", "How it was measured", method(summary)),
            text("machine", "Where it was measured", machine(summary)),
            text("limits", "What cannot be concluded", limits(summary)),
        ],
    ];
    sections.into_iter().flatten().flatten().collect()
}

/// The recorded run as a film, if its tasks are known.
fn replay(films: &[Film]) -> Option<Section> {
    let says = "The tasks of one run of each strategy, the first that was measured, on one clock: each task appears when it was done, and \
                the bars below grow as it is under way. Play it, slower if it is quick, or drag the time.";
    let body = html! { (explain(says)) (replay::section(films)) };
    (!films.is_empty()).then(|| Section { id: "film".into(), heading: "The run again, as it was".into(), body })
}

/// A section for each workload, and one for what the columns mean.
fn tables(summary: &Summary) -> Vec<Section> {
    if let Some(of) = &summary.map {
        let says = "A line for each wait, and a column for each time of computing: the fastest strategies, by their first letters, and the time.";
        let body = html! { (explain(says)) (grid(&map::grid(of))) };
        return vec![Section { id: "cells".into(), heading: "The map as a table".into(), body }];
    }
    let choice = summary.choice.as_ref().map(|answer| {
        let table = choice::grid(answer);
        let says = "A line for each strategy: its time, what was predicted before the measurement and how far that is off, and how it compares \
                    with the fastest, with the confidence with which the intervals of all pairs hold at once at 95 %.";
        let body = html! { (explain(says)) (grid(&table)) };
        Section { id: "choice".into(), heading: "The choice".into(), body }
    });
    let skip = usize::from(choice.is_some());
    let grids = table::grids(summary).into_iter().skip(skip).zip(&summary.workloads).enumerate();
    let workloads = grids.map(|(number, (table, of))| {
        let says = format!(
            "{} A line for each strategy; each figure is a median over the rounds. {}",
            parts::work(&of.recorded.workload.work),
            parts::time(of.recorded.workload.time)
        );
        Section {
            id: format!("table-{}", number + 1),
            heading: format!("Table: {}", table.name),
            body: html! { (explain(&says)) (grid(&table)) },
        }
    });
    let mut sections: Vec<Section> = choice.into_iter().chain(workloads).collect();
    if !sections.is_empty() {
        let legend = html! { dl { @for (head, meaning) in table::legend(summary) { dt { (head) } dd { (meaning) } } } };
        sections.push(Section { id: "columns".into(), heading: "What the columns mean".into(), body: legend });
    }
    sections
}

/// For each axis of a sweep its times, and its costs.
fn sweep_tables(summary: &Summary) -> Vec<Section> {
    let time = "A line for each value that was tried, and two columns for each strategy: its time, and beside it how near that is to \
                the least that this number of workers can need (of bound), or the time for each flag (each). The time is that of the \
                whole process, from its start to its end, a median over the rounds.";
    let cost = "The same runs, and what they needed: the peaks of memory of all processes, added up, and how often a core was \
                taken from them or they waited for something (switches). Here the strategies differ even where their times do not.";
    let tables = sweep::AXES
        .into_iter()
        .flat_map(|axis| [("time", time, sweep::grid(summary, axis)), ("cost", cost, sweep::costs(summary, axis))]);
    tables
        .filter_map(|(what, says, table)| Some((what, says, table?)))
        .map(|(what, says, table)| Section {
            id: format!("table-{}-{what}", table.name),
            heading: format!(
                "Table: {what} by {}",
                if table.name == "items" { "number of flags" } else { &table.name }
            ),
            body: html! { (explain(says)) (grid(&table)) },
        })
        .collect()
}

/// The word for each workload, and every wrong answer.
fn verdicts(summary: &Summary) -> Markup {
    let baseline = summary.run.baseline.as_deref().unwrap_or_default();
    html! {
        ul.verdicts {
            @for table in summary.workloads.iter().filter(|_| !summary.run.sweep && summary.map.is_none()) {
                li { (table.title) b { (sentences::capital(&headline::headline(table, baseline))) } }
            }
            @for wrong in &summary.wrong {
                li.wrong {
                    (wrong.workload) ", round " (wrong.round) b { (wrong.contender) " answered wrong: " (wrong.reason) }
                }
            }
        }
    }
}

fn machine(summary: &Summary) -> Markup {
    html! {
        dl {
            @for (name, value) in summary.run.environment.lines() { dt { (name) } dd { (value) } }
            dt { "knobs" } dd { (sentences::knobs(summary)) }
        }
    }
}

fn limits(summary: &Summary) -> Markup {
    html! {
        ul { @for limit in sentences::limits(summary) { li { (limit) } } }
        p.soft {
            "The files beside this page: " code { "samples.csv" } " has every run, " code { "results.json" }
            " the tables, " code { "run.json" } " the commands."
        }
    }
}

fn method(summary: &Summary) -> Markup {
    let [surroundings, checked] = if summary.is_of_own_work() {
        [
            "in the environment and the folder of who started it, with its output drained. It is the measuring program itself, \
             started again",
            "each task's output must be that of the first run one by one",
        ]
    } else {
        [
            "on a fixed environment, with its output drained. The server is a process of its own",
            "names, sizes and SHA-256 of all files, and the twenty answers of the primes",
        ]
    };
    html! {
        ul {
            li { "Each time is that of a fresh process, started directly, " (surroundings) "." }
            li {
                "Round 0 is warm-up and proof. In every round, every answer is checked: " (checked) ". A wrong contender has no \
                 figures."
            }
            li {
                "The number of rounds is fixed before round 1. Each round runs every contender once in an order shuffled by \
                 the seed, and the baseline twice: what it shows against itself is the noise."
            }
            li { "Programs under 100 ms run several times back to back; the mean is one value." }
            li {
                "Compared are the two runs of the same round. Reported are the median of those ratios and its exact 95 % \
                 interval by order statistics, which assumes nothing about how times are spread."
            }
            li { "Faster or slower: the whole interval lies outside of the noise band. The same: inside. Otherwise unclear." }
            li {
                "Between strategies: every pair is judged in the same way, by intervals that hold for all pairs at once. What is slower \
                 in every comparison has its place in the order, however little it is, and then it is said by how much."
            }
            li {
                "The budget is kept: what it does not pay six rounds for has one run, and what it does not pay one run for is computed \
                 from the server's delays. Both are marked, and have no interval and no verdict."
            }
            li {
                "Nothing is discarded, and every ratio is drawn. CPU and switches are those of all processes ("
                code { "getrusage" } "); memory is the sum of every process's own peak."
            }
        }
    }
}
