//! The tables of a run, as a terminal and as Markdown show them, and as CSV.

use anyhow::Result;

use crate::analyse::summary::{Summary, Table};
use crate::base::wrap::wrap;
use crate::plan::workload::Axis;
use crate::show::column::{COLUMNS, CSV, Scope};
use crate::show::grid::{Grid, Head, Line, Style};
use crate::show::markdown::escape;
use crate::show::{sentences, sweep};

/// The tables of a run: one for each workload, or for each axis of a sweep.
pub fn grids(summary: &Summary) -> Vec<Grid> {
    if summary.run.sweep {
        return [Axis::Concurrency, Axis::Items].into_iter().filter_map(|axis| sweep::grid(summary, axis)).collect();
    }
    let grid = |table| Grid { notes: sentences::below(table, summary), ..grid(table, summary) };
    summary.workloads.iter().map(grid).collect()
}

/// The table of one workload, without the words below it.
pub fn grid(table: &Table, summary: &Summary) -> Grid {
    let scope = Scope::new(table, summary);
    let lines = table.rows.iter().map(|row| Line {
        cells: COLUMNS.iter().map(|column| (column.cell)(row, &scope).unwrap_or_else(|| "–".into())).collect(),
        control: row.control,
    });
    Grid {
        name: table.recorded.workload.name.clone(),
        title: format!("{}; {}", table.title, sentences::kind_of_time(table)),
        heads: COLUMNS.iter().map(|column| Head { text: (column.head)(summary), goes: column.goes }).collect(),
        lines: lines.collect(),
        notes: Vec::new(),
    }
}

/// What each column means: its head and a sentence.
pub fn legend(summary: &Summary) -> impl Iterator<Item = (String, &'static str)> {
    COLUMNS.iter().map(|column| ((column.head)(summary), column.legend))
}

/// A run as a terminal shows it.
pub fn terminal(summary: &Summary, style: Style) -> String {
    let mut text = String::new();
    for (name, value) in summary.run.environment.lines() {
        text += &format!("{name:>8}  {value}\n");
    }
    text += &format!("{:>8}  {}\n", "knobs", sentences::knobs(summary));
    for grid in grids(summary) {
        text += &format!("\n{}: {}\n{}", grid.name, grid.title, grid.terminal(style));
        text.extend(grid.notes.iter().map(|note| paragraph(note)));
    }
    text += "\nWhat cannot be concluded:\n";
    text.extend(sentences::limits(summary).iter().map(|limit| paragraph(limit)));
    text
}

/// A paragraph of at most 100 columns, two in.
fn paragraph(text: &str) -> String {
    wrap(text, 98).iter().map(|line| format!("  {line}\n")).collect()
}

/// A run as Markdown.
pub fn markdown(summary: &Summary) -> String {
    let mut text = String::new();
    for grid in grids(summary) {
        text += &format!("**{}**: {}\n\n{}\n", escape(&grid.name), escape(&grid.title), grid.markdown());
        text.extend(grid.notes.iter().map(|note| format!("- {}\n", escape(note))));
        text.push('\n');
    }
    let environment = &summary.run.environment;
    let facts: Vec<String> = environment.lines().into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let (facts, knobs) = (escape(&facts.join("; ")), escape(&sentences::knobs(summary)));
    text += &format!("{facts}.\n\nKnobs: {knobs}.\n\nWhat cannot be concluded:\n\n");
    text.extend(sentences::limits(summary).iter().map(|limit| format!("- {}\n", escape(limit))));
    text
}

/// A run as CSV: a line for each row of each table, times in microseconds.
///
/// # Errors
/// None that can happen in memory.
pub fn csv(summary: &Summary) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(CSV.map(|(name, _)| name))?;
    for table in &summary.workloads {
        for row in &table.rows {
            writer.write_record(CSV.map(|(_, text)| text(table, row)))?;
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
