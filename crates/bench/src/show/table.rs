//! The tables of a run, as a terminal and as Markdown show them, and as CSV.

use anyhow::Result;

use crate::analyse::summary::{Row, Summary, Table, WrongAnswer};
use crate::analyse::verdict::Verdict;
use crate::base::wrap::wrap;
use crate::plan::workload::Axis;
use crate::show::column::{COLUMNS, CSV, Column, Scope};
use crate::show::grid::{Grid, Head, Line, Style, fit, paint};
use crate::show::markdown::escape;
use crate::show::{choice, headline, map, sentences, sweep};

/// The tables of a run: one for each workload, or for each axis of a sweep.
pub fn grids(summary: &Summary) -> Vec<Grid> {
    if summary.run.sweep {
        return [Axis::Concurrency, Axis::Items].into_iter().filter_map(|axis| sweep::grid(summary, axis)).collect();
    }
    let own = summary.choice.as_ref().map(choice::grid).or_else(|| summary.map.as_ref().map(map::grid));
    let grid = |table| Grid { notes: sentences::below(table, summary), ..grid(table, summary) };
    own.into_iter().chain(summary.workloads.iter().map(grid)).collect()
}

/// The table of one workload, without the words below it.
pub fn grid(table: &Table, summary: &Summary) -> Grid {
    let scope = Scope::new(table, summary);
    let line = |row: &Row| Line {
        cells: COLUMNS.iter().map(|column| (column.cell)(row, &scope).unwrap_or_else(|| "–".into())).collect(),
        control: row.control,
    };
    let workload = &table.recorded.workload.name;
    let is_wrong = |name: &str| summary.wrong.iter().any(|one| one.workload == *workload && one.contender == name);
    let lines = table.recorded.contenders.iter().flat_map(|contender| {
        let rows = table.rows.iter().filter(|row| row.contender == contender.name);
        let wrong = is_wrong(&contender.name).then(|| wrong_line(&contender.name, summary));
        rows.map(line).chain(wrong)
    });
    Grid {
        name: table.recorded.workload.name.clone(),
        title: format!("{}; {}", table.title, sentences::kind_of_time(table)),
        heads: COLUMNS.iter().map(|column| Head { text: (column.head)(summary), goes: column.goes }).collect(),
        lines: lines.collect(),
        notes: Vec::new(),
    }
}

/// The line of a contender whose answer was wrong: it has no figures, and what was wrong stands below the table.
fn wrong_line(contender: &str, summary: &Summary) -> Line {
    let cell = |column: &Column| match (column.head)(summary).as_str() {
        "strategy" => contender.into(),
        "verdict" => "wrong".into(),
        _ => "–".into(),
    };
    Line { cells: COLUMNS.iter().map(cell).collect(), control: false }
}

/// What each column means: its head and a sentence.
pub fn legend(summary: &Summary) -> impl Iterator<Item = (String, &'static str)> {
    COLUMNS.iter().map(|column| ((column.head)(summary), column.legend))
}

/// A run as plain text. For a file it says everything; for a terminal it ends with the answer, and the report has the rest.
pub fn terminal(summary: &Summary, style: Style) -> String {
    let width = style.width.map_or(100, |width| usize::from(width).min(100));
    let mut text = String::new();
    let facts = summary.run.environment.lines().into_iter().chain([("knobs", sentences::knobs(summary))]);
    for (name, value) in facts {
        let value = if style.width.is_some() { wrap(&value, width - 10).join("\n          ") } else { value };
        text += &format!("{name:>8}  {value}\n");
    }
    // On a screen, the table of a choice or of a map is all: the others are in the report.
    let has_own = summary.choice.is_some() || summary.map.is_some();
    let shown = if style.width.is_some() && has_own { 1 } else { usize::MAX };
    let mut grids: Vec<Grid> = grids(summary).into_iter().take(shown).collect();
    let left_out = style.width.map(|width| fit(&mut grids, width)).unwrap_or_default();
    for grid in &grids {
        let title = format!("{}: {}", grid.name, grid.title);
        let title = if style.width.is_some() { wrap(&title, width).join("\n") } else { title };
        text += &format!("\n{title}\n{}", grid.terminal(style.colour));
        let notes = grid.notes.iter().filter(|_| style.width.is_none());
        text.extend(notes.map(|note| paragraph(note, width)));
    }
    if !left_out.is_empty() {
        let line = format!("Too wide for this terminal, and in the report: {}.", left_out.join(", "));
        text += &wrap(&line, width).join("\n");
        text.push('\n');
    }
    if style.width.is_some() {
        return text + "\n" + &answer(summary, style.colour, width);
    }
    text += "\nWhat cannot be concluded:\n";
    text.extend(sentences::limits(summary).iter().map(|limit| paragraph(limit, width)));
    text
}

/// The end of a run: what a reader has to know about it, who answered wrong, and the verdict on each workload in words.
fn answer(summary: &Summary, colour: bool, width: usize) -> String {
    let wrong = |wrong: &WrongAnswer| {
        let WrongAnswer { workload, contender, round, reason } = wrong;
        format!("{workload}: {contender} has no times: in round {round} its answer was wrong: {reason}.")
    };
    let mut lines: Vec<String> = summary.notes.iter().cloned().chain(summary.wrong.iter().map(wrong)).collect();
    if let Some(choice) = &summary.choice {
        lines.extend(choice::paragraph(choice));
    } else if let Some(map) = &summary.map {
        lines.extend(map::grid(map).notes);
    } else if summary.run.sweep {
        lines.extend(grids(summary).into_iter().flat_map(|grid| grid.notes));
    } else if let Some(baseline) = &summary.run.baseline {
        lines.extend(summary.workloads.iter().map(|table| {
            let painted = headline::verdicts(table, baseline).into_iter().map(|(verdict, said)| {
                let word = verdict.map(Verdict::word).unwrap_or_default();
                match said.strip_prefix(word) {
                    Some(rest) if colour => paint(word, word) + rest,
                    _ => said,
                }
            });
            let mut said: Vec<String> = painted.collect();
            if said.is_empty() {
                said.push("nothing to compare".into());
            }
            format!("{}: {}.", table.recorded.workload.name, said.join("; "))
        }));
    }
    lines.iter().map(|line| paragraph(line, width)).collect()
}

/// A paragraph of at most `width` columns, two in.
fn paragraph(text: &str, width: usize) -> String {
    wrap(text, width.saturating_sub(2)).iter().map(|line| format!("  {line}\n")).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::sentences::tests::summary_of;

    #[test]
    fn on_a_terminal_the_last_thing_is_the_answer_and_nothing_is_wider_than_it() {
        let mut summary = summary_of([[1_000; 2], [2_000; 2], [20_000; 2]]);
        summary.run.command = "scripts/bench --quick ".to_owned() + &"--only flags-delay ".repeat(5);
        for width in [60, 80] {
            let text = terminal(&summary, Style { colour: false, width: Some(width) });
            assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{text}");
            assert_eq!(text.matches("Too wide for this terminal").count(), 1, "{text}");
            assert!(!text.contains("What cannot be concluded") && !text.contains("Faster than base"), "{text}");
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let answer = "sqrt: faster than base: a 10.0 × as fast, then b 5.00 ×; slower: c 2.00 × the time.";
            assert!(words.ends_with(answer), "{text}");
        }
    }

    #[test]
    fn the_verdicts_of_the_answer_have_their_colours_where_there_is_colour() {
        let summary = summary_of([[1_000; 2], [2_000; 2], [20_000; 2]]);
        let text = terminal(&summary, Style { colour: true, width: Some(120) });
        let end = text.lines().last().unwrap();
        assert!(end.contains("\x1b[32mfaster\x1b[0m than base") && end.contains("\x1b[31mslower\x1b[0m: c"), "{end:?}");
        assert!(!terminal(&summary, Style { colour: false, width: Some(120) }).contains('\x1b'));
    }

    #[test]
    fn a_file_has_every_note() {
        let text = terminal(&summary_of([[1_000; 2]; 3]), Style::default());
        assert!(text.contains("Faster than base: a") && text.contains("What cannot be concluded:"), "{text}");
    }
}
