//! The table, as a terminal and as Markdown show it, and as CSV.

use std::fmt::Write;

use anyhow::Result;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table as Grid};

use crate::summary::{Row, Summary, Table};
use crate::text::{duration, percent, thousands, three_digits};
use crate::words;

/// A run as a terminal shows it. With `colour`, the control row is grey.
pub fn terminal(summary: &Summary, colour: bool) -> String {
    let mut text = String::new();
    for (name, value) in summary.run.environment.lines() {
        text += &format!("{name:>8}  {value}\n");
    }
    text += &format!("{:>8}  {}\n", "knobs", words::knobs(summary));
    for table in &summary.workloads {
        text += &format!("\n{}: {}\n", table.recorded.workload.name, table.title);
        text += &grid(table, summary, colour);
        for note in words::below(table, summary) {
            text += &wrapped(&note);
        }
    }
    text += "\nWhat cannot be concluded:\n";
    for limit in words::limits(summary) {
        text += &wrapped(&limit);
    }
    text
}

fn grid(table: &Table, summary: &Summary, colour: bool) -> String {
    let mut grid = Grid::new();
    grid.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    grid.set_header(header(summary));
    for row in &table.rows {
        grid.add_row(cells(row));
    }
    for column in grid.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let control = table.rows.iter().find(|row| row.control).map(Row::label);
    let mut text = String::new();
    for line in grid.to_string().lines() {
        match &control {
            Some(control) if colour && line.contains(control.as_str()) => text += &format!("\x1b[90m{line}\x1b[0m\n"),
            _ => text += &format!("{line}\n"),
        }
    }
    text
}

/// The names of the columns.
pub fn header(summary: &Summary) -> Vec<String> {
    let base = summary.run.baseline.as_deref().unwrap_or("baseline");
    let compared = format!("{base} = 1 [95 %]");
    ["strategy", "time", &compared, "verdict", "of bound", "CPU", "memory", "switches", "errors"]
        .map(String::from)
        .to_vec()
}

/// A row's texts, in the order of [`header`].
pub fn cells(row: &Row) -> Vec<String> {
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
        ratio.unwrap_or_else(|| "1".into()),
        verdict,
        row.efficiency().map_or_else(dash, percent),
        duration(row.cpu_us()),
        row.peak_kib.map_or_else(dash, |kib| format!("{} MiB", three_digits(kib / 1024.0))),
        thousands(row.switches().round() as u64),
        thousands(row.errors),
    ]
}

/// A paragraph of at most 100 columns, two in.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is always a line");
        if !last.is_empty() && last.chars().count() + word.chars().count() + 1 > 98 {
            lines.push(word.into());
        } else {
            last.push_str(if last.is_empty() { "" } else { " " });
            last.push_str(word);
        }
    }
    lines.iter().map(|line| format!("  {line}\n")).collect()
}

/// A run as Markdown.
pub fn markdown(summary: &Summary) -> String {
    let mut text = String::new();
    for table in &summary.workloads {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "**{}**: {}\n\n{}\n",
            table.recorded.workload.name,
            table.title,
            markdown_grid(table, summary)
        );
        for note in words::below(table, summary) {
            let _ = writeln!(text, "- {note}");
        }
        text.push('\n');
    }
    let environment = &summary.run.environment;
    let facts: Vec<String> = environment.lines().into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let _ = writeln!(text, "{}.\n\nKnobs: {}.\n\nWhat cannot be concluded:\n", facts.join("; "), words::knobs(summary));
    for limit in words::limits(summary) {
        let _ = writeln!(text, "- {limit}");
    }
    text
}

/// One table as Markdown, without the words around it.
pub fn markdown_grid(table: &Table, summary: &Summary) -> String {
    let header = header(summary);
    let mut text = format!("| {} |\n|---|{}\n", header.join(" | "), "---:|".repeat(header.len() - 1));
    for row in &table.rows {
        let mut cells = cells(row);
        if row.control {
            cells.iter_mut().for_each(|cell| *cell = format!("*{cell}*"));
        }
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
