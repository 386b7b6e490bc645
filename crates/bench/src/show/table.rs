//! The table, as a terminal and as Markdown show it, and as CSV.

use anyhow::Result;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement};

use crate::analyse::summary::{Row, Summary, Table};
use crate::base::numbers::{duration, percent, thousands, three_digits};
use crate::plan::workload::{Axis, Time};
use crate::show::markdown::escape;
use crate::show::{sentences, sweep};

/// A table, ready to be drawn in whatever way.
#[derive(Debug)]
pub struct Grid {
    /// What it is about, in a word.
    pub name: String,
    /// The same in a line.
    pub title: String,
    /// The names of the columns.
    pub header: Vec<String>,
    /// The lines.
    pub lines: Vec<Line>,
    /// What stands below it.
    pub notes: Vec<String>,
}

/// The columns that a narrow terminal goes without, the first one first.
const DISPENSABLE: [&str; 5] = ["errors", "of bound", "switches", "memory", "CPU"];

impl Grid {
    /// The same without a column.
    fn without(&self, name: &str) -> Self {
        let kept = |cells: &[String]| -> Vec<String> {
            cells.iter().zip(&self.header).filter(|(_, column)| *column != name).map(|(cell, _)| cell.clone()).collect()
        };
        let line = |line: &Line| Line { cells: kept(&line.cells), control: line.control };
        Self {
            name: self.name.clone(),
            title: self.title.clone(),
            header: kept(&self.header),
            lines: self.lines.iter().map(line).collect(),
            notes: self.notes.clone(),
        }
    }
}

/// A line of a table.
#[derive(Debug)]
pub struct Line {
    /// Its texts.
    pub cells: Vec<String>,
    /// Whether it is the control, which is there to be compared with and not to be read.
    pub control: bool,
}

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
    let whole = table.recorded.workload.time == Time::Wall;
    let is_baseline = |row: &Row| !row.control && summary.run.baseline.as_ref() == Some(&row.contender);
    let line = |row: &Row| Line { cells: cells(row, is_baseline(row), whole), control: row.control };
    Grid {
        name: table.recorded.workload.name.clone(),
        title: table.title.clone(),
        header: header(summary),
        lines: table.rows.iter().map(line).collect(),
        notes: Vec::new(),
    }
}

/// How a terminal shows a table.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether the control row is grey.
    pub colour: bool,
    /// The width of the terminal; where it is too small, columns are left out.
    pub width: Option<u16>,
}

/// A run as a terminal shows it.
pub fn terminal(summary: &Summary, style: Style) -> String {
    let mut text = String::new();
    for (name, value) in summary.run.environment.lines() {
        text += &format!("{name:>8}  {value}\n");
    }
    text += &format!("{:>8}  {}\n", "knobs", sentences::knobs(summary));
    for grid in grids(summary) {
        text += &format!("\n{}: {}\n{}", grid.name, grid.title, drawn_grid(&grid, style));
        text.extend(grid.notes.iter().map(|note| wrapped(note)));
    }
    text += "\nWhat cannot be concluded:\n";
    text.extend(sentences::limits(summary).iter().map(|limit| wrapped(limit)));
    text
}

fn drawn_grid(grid: &Grid, style: Style) -> String {
    let mut drawn = comfy_table::Table::new();
    drawn.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    drawn.set_header(&grid.header);
    for line in &grid.lines {
        drawn.add_row(&line.cells);
    }
    for column in drawn.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let whole = drawn.to_string();
    let needed = whole.lines().next().unwrap_or_default().chars().count();
    let too_wide = style.width.is_some_and(|width| usize::from(width) < needed);
    let dispensable = |name: &&str| grid.header.iter().any(|column| column == name);
    if let Some(name) = DISPENSABLE.into_iter().find(dispensable).filter(|_| too_wide) {
        return drawn_grid(&grid.without(name), style)
            + &format!("  For the column \"{name}\" the terminal is too narrow.\n");
    }
    let mut text = String::new();
    for (number, line) in whole.lines().enumerate() {
        // Three lines of heading come before the first row, and none between rows.
        let control = number.checked_sub(3).and_then(|number| grid.lines.get(number)).is_some_and(|line| line.control);
        text += &if style.colour && control { format!("\x1b[90m{line}\x1b[0m\n") } else { format!("{line}\n") };
    }
    text
}

fn header(summary: &Summary) -> Vec<String> {
    let base = summary.run.baseline.as_deref().unwrap_or("baseline");
    let compared = format!("{base} = 1 [95 %]");
    let names = ["strategy", "time", &compared, "verdict", "of bound", "CPU", "memory", "switches", "errors"];
    names.map(String::from).to_vec()
}

/// A row's texts, in the order of [`header`]. The costs are those of the `whole` process, or say nothing.
fn cells(row: &Row, is_baseline: bool, whole: bool) -> Vec<String> {
    let dash = || "–".to_string();
    let ratio = row.ratio.as_ref().map(|ratio| match ratio.interval {
        Some([low, high]) => {
            format!("{} [{}, {}]", three_digits(ratio.median), three_digits(low), three_digits(high))
        }
        None => three_digits(ratio.median),
    });
    let verdict = match row.verdict {
        _ if row.control => "(control)".into(),
        None => dash(),
        Some(verdict) => verdict.word().to_string(),
    };
    vec![
        row.label(),
        duration(row.time_us),
        ratio.unwrap_or_else(|| if is_baseline { "1".into() } else { dash() }),
        verdict,
        row.efficiency().map_or_else(dash, percent),
        if whole { duration(row.cpu_us()) } else { dash() },
        row.peak_kib.map_or_else(|| "not measured".into(), |kib| format!("{} MiB", three_digits(kib / 1024.0))),
        if whole { thousands(row.switches().round() as u64) } else { dash() },
        thousands(row.errors),
    ]
}

/// A paragraph of at most 100 columns, two in. A number and its unit stay together.
fn wrapped(text: &str) -> String {
    const UNITS: [&str; 7] = ["%", "×", "s", "ms", "µs", "ns", "MiB"];
    let mut lines = vec![String::new()];
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let mut word = word.to_string();
        while let Some(unit) = words.next_if(|next| UNITS.contains(&next.trim_end_matches(['.', ',', ';', ':', ')']))) {
            word += &format!(" {unit}");
        }
        match lines.last_mut() {
            Some(line) if line.is_empty() => *line = word,
            Some(line) if line.chars().count() + word.chars().count() < 98 => *line += &format!(" {word}"),
            _ => lines.push(word),
        }
    }
    lines.iter().map(|line| format!("  {line}\n")).collect()
}

/// A run as Markdown.
pub fn markdown(summary: &Summary) -> String {
    let mut text = String::new();
    for grid in grids(summary) {
        text += &format!("**{}**: {}\n\n{}\n", escape(&grid.name), escape(&grid.title), markdown_grid(&grid));
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

/// One table as Markdown, without the words around it.
pub fn markdown_grid(grid: &Grid) -> String {
    let header: Vec<String> = grid.header.iter().map(|name| escape(name)).collect();
    let mut text = format!("| {} |\n|---|{}\n", header.join(" | "), "---:|".repeat(header.len() - 1));
    for line in &grid.lines {
        let shown = |cell: &String| if line.control { format!("*{}*", escape(cell)) } else { escape(cell) };
        let cells: Vec<String> = line.cells.iter().map(shown).collect();
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

/// A run as CSV: a line for each row of each table, times in microseconds.
///
/// # Errors
/// None that can happen in memory.
pub fn csv(summary: &Summary) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "workload",
        "contender",
        "control",
        "runs",
        "time_us",
        "wall_us",
        "inside_us",
        "ratio",
        "ratio_low",
        "ratio_high",
        "verdict",
        "bound_us",
        "user_us",
        "system_us",
        "voluntary",
        "involuntary",
        "peak_kib",
        "processes",
        "errors",
        "connections",
        "peak_in_flight",
        "server_cpu_us",
    ])?;
    for (table, row) in summary.workloads.iter().flat_map(|table| table.rows.iter().map(move |row| (table, row))) {
        let number = |n: f64| format!("{n:.1}");
        let maybe = |n: Option<f64>| n.map(number).unwrap_or_default();
        let ratio = |n: Option<f64>| n.map(|n| format!("{n:.6}")).unwrap_or_default();
        let interval = row.ratio.as_ref().and_then(|ratio| ratio.interval);
        writer.write_record([
            table.recorded.workload.name.clone(),
            row.contender.clone(),
            row.control.to_string(),
            row.runs.to_string(),
            number(row.time_us),
            number(row.wall_us),
            maybe(row.inside_us),
            ratio(row.ratio.as_ref().map(|ratio| ratio.median)),
            ratio(interval.map(|ends| ends[0])),
            ratio(interval.map(|ends| ends[1])),
            row.verdict.map(|verdict| verdict.word().to_string()).unwrap_or_default(),
            maybe(row.bound_us),
            number(row.user_us),
            number(row.system_us),
            number(row.voluntary),
            number(row.involuntary),
            maybe(row.peak_kib),
            maybe(row.processes),
            row.errors.to_string(),
            maybe(row.connections),
            maybe(row.peak_in_flight),
            maybe(row.server_cpu_us),
        ])?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_goes_without_columns_and_says_so() {
        let text = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
        let grid = Grid {
            name: String::new(),
            title: String::new(),
            header: text(&["strategy", "time", "of bound", "errors"]),
            lines: vec![Line { cells: text(&["sequential", "1.00 s", "97 %", "0"]), control: true }],
            notes: Vec::new(),
        };
        let drawn = |width| drawn_grid(&grid, Style { colour: true, width });
        assert!(drawn(None).contains("errors") && !drawn(None).contains("narrow"));
        let narrow = drawn(Some(36));
        assert!(narrow.contains("of bound") && narrow.contains("\"errors\" the terminal is too narrow"), "{narrow}");
        assert!(narrow.contains("\x1b[90m│ sequential"), "{narrow}");
    }

    #[test]
    fn paragraphs_are_broken_between_words_and_never_before_a_unit() {
        let text = wrapped(&"12 % of it, ".repeat(20));
        assert!(text.lines().all(|line| line.chars().count() <= 100 && line.starts_with("  ")), "{text}");
        assert!(text.lines().count() > 1 && text.lines().all(|line| !line.trim_start().starts_with('%')), "{text}");
    }
}
