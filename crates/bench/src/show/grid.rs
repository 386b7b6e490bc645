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

/// How a run is shown as plain text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether the control row is in italics, which are as easy to read on every ground, and the verdicts have their colours.
    pub colour: bool,
    /// The width of the terminal: then it is brief, and ends with the answer. Without one, all is said, as in a file.
    pub width: Option<u16>,
}

impl Grid {
    /// As a terminal shows it.
    pub fn terminal(&self, colour: bool) -> String {
        let verdict = self.heads.iter().position(|head| head.text == "verdict");
        let mut text = String::new();
        for (number, line) in self.drawn().lines().enumerate() {
            // Three lines of heading come before the first row, and none between rows.
            let row = number.checked_sub(3).and_then(|number| self.lines.get(number)).filter(|_| colour);
            text += &match (row, verdict) {
                (Some(row), _) if row.control => format!("\x1b[3m{line}\x1b[0m"),
                (Some(_), Some(place)) => {
                    let mut cells: Vec<String> = line.split('┆').map(String::from).collect();
                    if let Some(cell) = cells.get_mut(place) {
                        *cell = paint(cell.trim(), cell);
                    }
                    cells.join("┆")
                }
                _ => line.to_owned(),
            };
            text.push('\n');
        }
        text
    }

    fn fits(&self, width: u16) -> bool {
        self.drawn().lines().next().unwrap_or_default().chars().count() <= usize::from(width)
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

/// Leaves columns out until each of `grids` fits into `width`, or none is left that may go; the same ones everywhere. Returns their
/// names.
pub fn fit(grids: &mut [Grid], width: u16) -> Vec<String> {
    let mut left_out = Vec::new();
    while !grids.iter().all(|grid| grid.fits(width)) {
        let heads = grids.iter().flat_map(|grid| &grid.heads).filter(|head| head.goes.is_some());
        let Some(first) = heads.min_by_key(|head| head.goes).map(|head| head.text.clone()) else { break };
        grids.iter_mut().for_each(|grid| grid.remove(&first));
        left_out.push(first);
    }
    left_out
}

/// `text` in the colour of the verdict that `word` is: green for faster, red for slower, yellow for unclear.
pub fn paint(word: &str, text: &str) -> String {
    let colour = match word {
        "faster" => 32,
        "slower" | "wrong" => 31,
        "unclear" => 33,
        _ => return text.into(),
    };
    format!("\x1b[{colour}m{text}\x1b[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(name: &str) -> Grid {
        let text = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
        let head = |(text, goes): (&str, Option<u8>)| Head { text: text.into(), goes };
        let heads = [("strategy", None), ("time", None), ("verdict", None), ("of bound", Some(1)), ("errors", Some(0))];
        let control = Line { cells: text(&["sequential", "1.00 s", "(control)", "97 %", "0"]), control: true };
        let row = Line { cells: text(&[name, "2.00 s", "slower", "48 %", "0"]), control: false };
        Grid {
            name: String::new(),
            title: String::new(),
            heads: heads.map(head).into(),
            lines: vec![control, row],
            notes: Vec::new(),
        }
    }

    #[test]
    fn a_narrow_terminal_goes_without_the_same_columns_in_every_table() {
        let left_out = |width| {
            let mut grids = [grid("a"), grid("a name that is long")];
            let left_out = fit(&mut grids, width);
            assert_eq!(grids[0].heads.len(), grids[1].heads.len());
            assert_eq!(grids[0].heads.len() + left_out.len(), 5);
            assert!(grids[0].lines.iter().all(|line| line.cells.len() == grids[0].heads.len()));
            left_out
        };
        assert!(left_out(65).is_empty());
        assert_eq!(left_out(60), ["errors"]);
        assert_eq!(left_out(50), ["errors", "of bound"]);
        assert_eq!(left_out(5), ["errors", "of bound"], "what has no number stays");
    }

    #[test]
    fn the_control_is_in_italics_and_the_verdict_has_its_colour_and_nothing_else_has() {
        let drawn = grid("slower").terminal(true);
        assert!(drawn.contains("\x1b[3m│ sequential"), "{drawn}");
        assert!(drawn.contains("│ slower ") && drawn.contains("\x1b[31m    slower \x1b[0m"), "{drawn}");
        assert_eq!(drawn.matches("\x1b[0m").count(), 2);
        assert!(!grid("slower").terminal(false).contains('\x1b'));
    }
}
