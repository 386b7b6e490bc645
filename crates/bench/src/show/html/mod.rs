//! `report.html`: one file with everything, that needs no network and no script.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::analyse::summary::Summary;
use crate::base::numbers::moment;
use crate::plan::strategies;
use crate::show::grid::Grid;
use crate::show::pictures::{NARROW, WIDE, palette};
use crate::show::{sentences, table};

/// A picture, drawn for a wide window and for a telephone.
pub type Drawn<'a> = &'a dyn Fn(&str, f64) -> Option<String>;

const STYLE: &str = "
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
body { --ground: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --band: #f4f6f8; --good: #00694d;
  margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 58rem; background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
@media screen and (prefers-color-scheme: dark) { body { --ground: #0d1117; --ink: #e6edf3; --soft: #9da7b1; --line: #30363d;
  --band: #161b22; --good: #2fc79a; } }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .2rem; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.8rem 0 .4rem; }
p, ul { margin: .5rem 0; } ul { padding-left: 1.2rem; }
.soft, figcaption, .notes { color: var(--soft); font-size: .92rem; }
.lead { list-style: none; padding: 0; margin: 1.2rem 0; }
.lead li { border-left: 4px solid var(--line); padding: .15rem 0 .15rem .8rem; margin: .6rem 0; }
.lead b { display: block; font-size: 1.08rem; }
.wrong { border-left-color: #d55e00 !important; }
figure { margin: 1rem 0; } svg.picture { max-width: 100%; height: auto; display: block; }
.narrow { display: none; } @media (max-width: 40rem) { .narrow { display: block; } .wide { display: none; } }
@media print { .narrow { display: none; } .wide { display: block; } }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .84rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .5rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--ground); }
th { font-weight: 600; vertical-align: bottom; } tr.control td { color: var(--soft); font-style: italic; }
td.faster { color: var(--good); font-weight: 600; }
@media print { .scroll { overflow: visible; } table { font-size: 7.5pt; width: 100%; } th, td { padding: .15rem .2rem; white-space: normal; }
  th:first-child, td:first-child { position: static; } figure, tr { break-inside: avoid; } }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0; } dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; } code { font-size: .88em; overflow-wrap: anywhere; }
";

/// The whole page.
pub fn page(summary: &Summary, drawn: Drawn) -> String {
    let environment = &summary.run.environment;
    let kinds: Vec<&str> = strategies::all().iter().map(|strategy| strategy.kind.as_str()).collect();
    let subject = if summary.run.sweep { "how the strategies scale".to_owned() } else { kinds.join(", ") };
    let title = format!("Side by Side: {subject}");
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(&*palette::STYLE)) }
            }
            body {
                h1 { (title) }
                p.soft { (environment.cpu) ", " (environment.cores) " cores, " (moment(environment.started)) }
                (lead(summary))
                (figure(drawn, "waterfall.svg", "When each task ran", "One by one is a staircase; what runs at the same time is a wall."))
                (figure(drawn, "scaling.svg", "Time against concurrency and against work", ""))
                h2 { "The tables" }
                @for grid in table::grids(summary) { (section(&grid)) }
                @if !summary.run.sweep { (legend(summary)) }
                (figure(drawn, "ratios.svg", "Every ratio", "How far the rounds agree, and how loud the machine was."))
                (figure(drawn, "cost.svg", "The cost", "What else a strategy needs."))
                h2 { "How it was measured" }
                (method())
                h2 { "Where it was measured" }
                dl {
                    @for (name, value) in environment.lines() { dt { (name) } dd { (value) } }
                    dt { "knobs" } dd { (sentences::knobs(summary)) }
                }
                h2 { "What cannot be concluded" }
                ul { @for limit in sentences::limits(summary) { li { (limit) } } }
                p.soft {
                    "The files beside this page: " code { "samples.csv" } " has every run, " code { "results.json" }
                    " the tables, " code { "run.json" } " the commands."
                }
            }
        }
    };
    page.into_string()
}

/// What a hurried reader takes away.
fn lead(summary: &Summary) -> Markup {
    let baseline = summary.run.baseline.as_deref().unwrap_or_default();
    html! {
        ul.lead {
            @for table in summary.workloads.iter().filter(|_| !summary.run.sweep) {
                li { (table.title) b { (sentences::capital(&sentences::headline(table, baseline))) } }
            }
            @for wrong in &summary.wrong {
                li.wrong {
                    (wrong.workload) ", round " (wrong.round) b { (wrong.contender) " answered wrong: " (wrong.reason) }
                }
            }
        }
    }
}

fn figure(drawn: Drawn, file: &str, heading: &str, caption: &str) -> Markup {
    let (Some(wide), Some(narrow)) = (drawn(file, WIDE), drawn(file, NARROW)) else { return html! {} };
    // The page has the pictures' style once.
    let bare = |picture: String| PreEscaped(picture.replace(&format!("<style>{}</style>", *palette::STYLE), ""));
    html! {
        h2 { (heading) }
        figure {
            @if !caption.is_empty() { figcaption { (caption) } }
            div.wide { (bare(wide)) }
            div.narrow { (bare(narrow)) }
        }
    }
}

fn section(grid: &Grid) -> Markup {
    html! {
        h3 { (grid.name) }
        p.soft { (grid.title) }
        div.scroll {
            table {
                thead { tr { @for head in &grid.heads { th scope="col" { (head.text) } } } }
                tbody {
                    @for line in &grid.lines {
                        tr.control[line.control] {
                            @for cell in &line.cells { td.faster[cell == "faster"] { (cell) } }
                        }
                    }
                }
            }
        }
        ul.notes { @for note in &grid.notes { li { (note) } } }
    }
}

/// What the columns mean.
fn legend(summary: &Summary) -> Markup {
    html! {
        h3 { "The columns" }
        dl { @for (head, meaning) in table::legend(summary) { dt { (head) } dd { (meaning) } } }
    }
}

fn method() -> Markup {
    html! {
        ul {
            li {
                "Each time is that of a fresh process, started directly, on a fixed environment, with its output drained. \
                 The server is a process of its own."
            }
            li {
                "Round 0 is warm-up and proof. In every round, every answer is checked: names, sizes and SHA-256 of all \
                 files, and the twenty answers of the primes. A wrong contender leaves the table."
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
                "Nothing is discarded, and every ratio is drawn. CPU and switches are those of all processes ("
                code { "getrusage" } "); memory is the sum of every process's own peak."
            }
        }
    }
}
