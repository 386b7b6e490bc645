//! Every report of a run.

use std::io::{IsTerminal, stdout};

use anyhow::Result;

use crate::analyse::summary::Summary;
use crate::record::folder::Folder;
use crate::show::grid::Style;
use crate::show::html;
use crate::show::pictures::{WIDE, cost, map, race, ratios, scaling, waterfall};
use crate::show::replay;
use crate::show::table;
use crate::show::terminal;

/// The pictures: each a file, and what draws it at a width if there is anything to draw.
pub const PICTURES: [(&str, Draw); 8] = [
    ("map.svg", |summary, _, width| summary.map.as_ref().map(|map| map::draw(map, width))),
    ("race.svg", |summary, folder, _| {
        let reports = |workload: &str, contender: &str| folder.program_report(workload, contender);
        if summary.map.is_some() { None } else { race::draw(summary, &reports) }
    }),
    ("waterfall.svg", |summary, folder, width| {
        let reports = |workload: &str, contender: &str| folder.program_report(workload, contender);
        if summary.map.is_some() { None } else { waterfall::draw(summary, &reports, width) }
    }),
    ("scaling.svg", |summary, _, width| scaling::draw(summary, &scaling::TIME, width)),
    ("memory.svg", |summary, _, width| scaling::draw(summary, &scaling::MEMORY, width)),
    ("switches.svg", |summary, _, width| scaling::draw(summary, &scaling::SWITCHES, width)),
    ("ratios.svg", |summary, _, width| if summary.map.is_some() { None } else { ratios::draw(summary, width) }),
    ("cost.svg", |summary, _, width| {
        let one_table_each = !summary.run.sweep && summary.map.is_none();
        if one_table_each { cost::draw(summary, width) } else { None }
    }),
];

/// Draws one picture.
pub type Draw = fn(&Summary, &Folder, f64) -> Option<String>;

/// Makes every report of a run.
///
/// # Errors
/// A folder that cannot be written to.
pub fn write(folder: &Folder, summary: &Summary) -> Result<()> {
    folder.write("table.txt", &table::terminal(summary, Style::default()))?;
    folder.write("table.md", &table::markdown(summary))?;
    folder.write("results.csv", &table::csv(summary)?)?;
    folder.write("results.json", &(serde_json::to_string_pretty(summary)? + "\n"))?;
    for (name, draw) in PICTURES {
        if let Some(picture) = draw(summary, folder, WIDE) {
            folder.write(name, &picture)?;
        }
    }
    let drawn = |name: &str, width: f64| {
        let (_, draw) = PICTURES.iter().find(|(file, _)| *file == name)?;
        draw(summary, folder, width)
    };
    // The points of a sweep are too many to watch.
    let films = match summary.run.sweep {
        true => Vec::new(),
        false => replay::films(summary, &|workload, contender| folder.program_report(workload, contender)),
    };
    folder.write("report.html", &html::page(summary, &drawn, &films))
}

/// Says where the report is: the last line of a run.
pub fn say_where(folder: &Folder) {
    terminal::say(&format!("\nAll of it, with pictures: {}", folder.file("report.html").display()));
}

/// As [`print()`], without the notes that were said already.
///
/// # Errors
/// A standard output that does not take it.
pub fn print_but(summary: &Summary, said: &[String]) -> Result<()> {
    let mut rest = summary.clone();
    rest.notes.retain(|note| !said.contains(note));
    print(&rest)
}

/// Prints the tables, and on a terminal the answer below them.
///
/// # Errors
/// A standard output that does not take it.
pub fn print(summary: &Summary) -> Result<()> {
    let terminal = stdout().is_terminal();
    let style = Style {
        colour: terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        width: terminal.then(|| terminal_size::terminal_size().map_or(80, |(width, _)| width.0)),
    };
    let text = table::terminal(summary, style);
    terminal::print(&if terminal { terminal::in_locale(&text, &|name| std::env::var(name).ok()) } else { text })
}
