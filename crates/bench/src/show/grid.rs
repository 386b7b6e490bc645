//! A table, ready to be drawn in whatever way, and drawn as a terminal and as Markdown show it.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement};

use crate::show::markdown::escape;

/// A table. Its first column has names, the others numbers.
#[derive(Clone, Debug)]
pub struct Grid {
    /// What it is about, in a word.
    pub name: String,
    /// The same in a line.
    pub title: String,
    /// The heads of the columns.
    pub heads: Vec<Head>,
    /// The lines.
    pub lines: Vec<Line>,
    /// What stands below it.
    pub notes: Vec<String>,
}

/// The head of a column.
#[derive(Clone, Debug)]
pub struct Head {
    /// What stands there.
    pub text: String,
    /// When a narrow screen goes without the column: 0 is the first to go, and without a number it stays.
    pub goes: Option<u8>,
}

/// A line of a table.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its texts.
    pub cells: Vec<String>,
    /// Whether it is the control, which is there to be compared with and not to be read.
    pub control: bool,
}

/// How a terminal shows a table.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether the control row is grey.
    pub colour: bool,
    /// The width of the terminal; where it is too small, columns are left out.
    pub width: Option<u16>,
}

impl Grid {
    /// As a terminal shows it. The columns that do not fit are left out, and named in one line below.
    pub fn terminal(&self, style: Style) -> String {
        let mut grid = self.clone();
        let mut left_out = Vec::new();
        let fits = |drawn: &str| {
            let needed = drawn.lines().next().unwrap_or_default().chars().count();
            style.width.is_none_or(|width| needed <= usize::from(width))
        };
        let mut drawn = grid.drawn();
        while let Some(name) = grid.first_to_go().filter(|_| !fits(&drawn)) {
            grid.remove(&name);
            left_out.push(format!("\"{name}\""));
            drawn = grid.drawn();
        }
        let mut text = String::new();
        for (number, line) in drawn.lines().enumerate() {
            // Three lines of heading come before the first row, and none between rows.
            let row = number.checked_sub(3).and_then(|number| grid.lines.get(number));
            let grey = style.colour && row.is_some_and(|row| row.control);
            text += &if grey { format!("\x1b[90m{line}\x1b[0m\n") } else { format!("{line}\n") };
        }
        if !left_out.is_empty() {
            text += &format!("  The terminal is too narrow for: {}.\n", left_out.join(", "));
        }
        text
    }

    fn drawn(&self) -> String {
        let mut drawn = comfy_table::Table::new();
        drawn.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
        drawn.set_header(self.heads.iter().map(|head| &head.text));
        for line in &self.lines {
            drawn.add_row(&line.cells);
        }
        for column in drawn.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        drawn.to_string()
    }

    fn first_to_go(&self) -> Option<String> {
        let first = self.heads.iter().filter(|head| head.goes.is_some()).min_by_key(|head| head.goes)?;
        Some(first.text.clone())
    }

    /// Removes every column of this name.
    fn remove(&mut self, name: &str) {
        let kept: Vec<bool> = self.heads.iter().map(|head| head.text != name).collect();
        let keep = |cells: &mut Vec<String>| {
            let mut kept = kept.iter();
            cells.retain(|_| kept.next() != Some(&false));
        };
        self.lines.iter_mut().for_each(|line| keep(&mut line.cells));
        self.heads.retain(|head| head.text != name);
    }

    /// As Markdown, without the words around it.
    pub fn markdown(&self) -> String {
        let heads: Vec<String> = self.heads.iter().map(|head| escape(&head.text)).collect();
        let mut text = format!("| {} |\n|---|{}\n", heads.join(" | "), "---:|".repeat(heads.len() - 1));
        for line in &self.lines {
            let shown = |cell: &String| if line.control { format!("*{}*", escape(cell)) } else { escape(cell) };
            let cells: Vec<String> = line.cells.iter().map(shown).collect();
            text += &format!("| {} |\n", cells.join(" | "));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_goes_without_columns_and_says_so_in_one_line() {
        let text = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
        let head = |(text, goes): (&str, Option<u8>)| Head { text: text.into(), goes };
        let heads = [("strategy", None), ("time", None), ("of bound", Some(1)), ("errors", Some(0))];
        let grid = Grid {
            name: String::new(),
            title: String::new(),
            heads: heads.map(head).into(),
            lines: vec![Line { cells: text(&["sequential", "1.00 s", "97 %", "0"]), control: true }],
            notes: Vec::new(),
        };
        let drawn = |width| grid.terminal(Style { colour: true, width });
        assert!(drawn(None).contains("errors") && !drawn(None).contains("narrow"));
        let narrow = drawn(Some(36));
        assert!(narrow.contains("of bound") && narrow.contains("too narrow for: \"errors\".\n"), "{narrow}");
        assert!(narrow.contains("\x1b[90m│ sequential"), "{narrow}");
        assert!(drawn(Some(26)).ends_with("too narrow for: \"errors\", \"of bound\".\n"));
    }
}
