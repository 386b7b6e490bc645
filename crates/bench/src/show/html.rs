//! `report.html`: one file with everything, that needs no network and no script.

use crate::analyse::summary::Summary;
use crate::plan::strategies;
use crate::show::grid::Grid;
use crate::show::pictures::svg::escape;
use crate::show::pictures::{NARROW, WIDE, palette};
use crate::show::sentences;
use crate::show::table;

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

const METHOD: &str = "
<li>Each time is that of a fresh process, started directly, on a fixed environment, with its output drained. The server is a
process of its own.</li>
<li>Round 0 is warm-up and proof. In every round, every answer is checked: names, sizes and SHA-256 of all files, and the
twenty answers of the primes. A wrong contender leaves the table.</li>
<li>The number of rounds is fixed before round 1. Each round runs every contender once in an order shuffled by the seed, and
the baseline twice: what it shows against itself is the noise.</li>
<li>Programs under 100 ms run several times back to back; the mean is one value.</li>
<li>Compared are the two runs of the same round. Reported are the median of those ratios and its exact 95 % interval by order
statistics, which assumes nothing about how times are spread.</li>
<li>Faster or slower: the whole interval lies outside of the noise band. The same: inside. Otherwise unclear.</li>
<li>Nothing is discarded, and every ratio is drawn. CPU and switches are those of all processes (<code>getrusage</code>);
memory is the sum of every process's own peak.</li>
";

/// The whole page.
pub fn page(summary: &Summary, drawn: Drawn) -> String {
    let environment = &summary.run.environment;
    let title = if summary.run.sweep {
        "Side by Side: how the strategies scale".to_owned()
    } else {
        let kinds: Vec<&str> = strategies::all().iter().map(|strategy| strategy.kind.as_str()).collect();
        format!("Side by Side: {}", kinds.join(", "))
    };
    let mut body = format!(
        "<h1>{title}</h1>\n<p class=\"soft\">{}, {} cores, {}</p>\n",
        escape(&environment.cpu),
        environment.cores,
        crate::base::numbers::moment(environment.started)
    );
    body += &lead(summary);
    for (file, heading, caption) in [
        ("waterfall.svg", "When each task ran", "One by one is a staircase; what runs at the same time is a wall."),
        ("scaling.svg", "Time against concurrency and against work", ""),
    ] {
        body += &figure(drawn, file, heading, caption);
    }
    body += "<h2>The tables</h2>\n";
    body.extend(table::grids(summary).iter().map(section));
    for (file, heading, caption) in [
        ("ratios.svg", "Every ratio", "How far the rounds agree, and how loud the machine was."),
        ("cost.svg", "The cost", "What else a strategy needs."),
    ] {
        body += &figure(drawn, file, heading, caption);
    }
    body += &format!("<h2>How it was measured</h2>\n<ul>{METHOD}</ul>\n<h2>Where it was measured</h2>\n<dl>\n");
    let facts = environment.lines().into_iter().chain([("knobs", sentences::knobs(summary))]);
    body.extend(facts.map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", escape(&value))));
    body += "</dl>\n<h2>What cannot be concluded</h2>\n<ul>\n";
    body.extend(sentences::limits(summary).iter().map(|limit| format!("<li>{}</li>\n", escape(limit))));
    body += "</ul>\n<p class=\"soft\">The files beside this page: <code>samples.csv</code> has every run, \
             <code>results.json</code> the tables, <code>run.json</code> the commands.</p>\n";
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}{}</style>\n</head>\n\
         <body>\n{body}</body>\n</html>\n",
        *palette::STYLE
    )
}

/// What a hurried reader takes away.
fn lead(summary: &Summary) -> String {
    let mut items = String::new();
    let baseline = summary.run.baseline.as_deref().unwrap_or_default();
    for table in summary.workloads.iter().filter(|_| !summary.run.sweep) {
        let headline = sentences::capital(&sentences::headline(table, baseline));
        items += &format!("<li>{}<b>{}</b></li>\n", escape(&table.title), escape(&headline));
    }
    for wrong in &summary.wrong {
        items += &format!(
            "<li class=\"wrong\">{}, round {}<b>{} answered wrong: {}</b></li>\n",
            escape(&wrong.workload),
            wrong.round,
            escape(&wrong.contender),
            escape(&wrong.reason)
        );
    }
    if items.is_empty() { items } else { format!("<ul class=\"lead\">\n{items}</ul>\n") }
}

fn figure(drawn: Drawn, file: &str, heading: &str, caption: &str) -> String {
    let (Some(wide), Some(narrow)) = (drawn(file, WIDE), drawn(file, NARROW)) else { return String::new() };
    // The page has the pictures' style once.
    let bare = |picture: String| picture.replace(&format!("<style>{}</style>", *palette::STYLE), "");
    let caption = if caption.is_empty() { String::new() } else { format!("<figcaption>{caption}</figcaption>\n") };
    format!(
        "<h2>{heading}</h2>\n<figure>\n{caption}<div class=\"wide\">{}</div>\n<div class=\"narrow\">{}</div>\n</figure>\n",
        bare(wide),
        bare(narrow)
    )
}

fn section(grid: &Grid) -> String {
    let mut text = format!(
        "<h3>{}</h3>\n<p class=\"soft\">{}</p>\n<div class=\"scroll\"><table>\n<thead><tr>",
        escape(&grid.name),
        escape(&grid.title)
    );
    text.extend(grid.heads.iter().map(|head| format!("<th>{}</th>", escape(&head.text))));
    text += "</tr></thead>\n<tbody>\n";
    for line in &grid.lines {
        text += if line.control { "<tr class=\"control\">" } else { "<tr>" };
        for cell in &line.cells {
            let class = if cell == "faster" { " class=\"faster\"" } else { "" };
            text += &format!("<td{class}>{}</td>", escape(cell));
        }
        text += "</tr>\n";
    }
    text += "</tbody></table></div>\n<ul class=\"notes\">\n";
    text.extend(grid.notes.iter().map(|note| format!("<li>{}</li>\n", escape(note))));
    text + "</ul>\n"
}
