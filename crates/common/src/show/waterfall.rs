//! The picture of a run in the terminal: when each worker did what.

use std::fmt::Write;

use crate::run::record::Row;

/// The most lanes that are drawn; more would scroll away.
const MOST_LANES: usize = 40;

/// The marks of the phases of a task, in the order in which they come, as (name, Unicode, ASCII, legend).
const MARKS: [(&str, char, char, &str); 6] = [
    ("wait", '·', '.', "held back"),
    ("connect", '░', 'c', "connecting"),
    ("first_byte", '▒', '-', "waiting"),
    ("body", '▓', '=', "receiving"),
    ("compute", '▚', '%', "computing"),
    ("save", '█', '#', "saving"),
];
/// The mark of a task without phases, which is all work.
const WORK: usize = 5;

/// How a waterfall is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Characters in a line.
    pub width: usize,
    /// Whether only ASCII can be shown.
    pub ascii: bool,
}

/// The tasks on one time axis, each from its start to its end and drawn by phases: a staircase where one thing is done after
/// another, a wall where all is done at once. Of many tasks every nth is drawn, in order of their starts.
pub fn draw(rows: &[Row], elapsed_us: u64, style: Style) -> String {
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort_by_key(|row| row.start_us);
    let every = rows.len().div_ceil(MOST_LANES).max(1);
    let drawn = || rows.iter().step_by(every);
    let mark = |phase: usize| if style.ascii { MARKS[phase].2 } else { MARKS[phase].1 };
    let label = drawn().map(|row| row.task.chars().count()).max().unwrap_or_default();
    let width = style.width.saturating_sub(label + 3).max(10);
    let column = |at: u64| (at as u128 * width as u128 / u128::from(elapsed_us.max(1))) as usize;
    let mut seen = [false; MARKS.len()];
    let mut picture = String::new();
    // Writing to a String cannot fail.
    for row in drawn() {
        let mut cells = vec![' '; width];
        let whole = [("work", row.end_us - row.start_us)];
        let phases = if row.phases.is_empty() { &whole[..] } else { &row.phases[..] };
        let mut begin = row.start_us;
        for &(name, duration) in phases.iter().filter(|(_, duration)| *duration > 0) {
            let end = begin + duration;
            // A phase is never too short to be seen; the next one may cover it.
            let from = column(begin).min(width - 1);
            let to = column(end).clamp(from + 1, width);
            let phase = MARKS.iter().position(|(phase, ..)| *phase == name).unwrap_or(WORK);
            cells[from..to].fill(mark(phase));
            begin = end;
        }
        (0..MARKS.len()).for_each(|phase| seen[phase] |= !row.phases.is_empty() && cells.contains(&mark(phase)));
        let (side, cells) = (if style.ascii { '|' } else { '│' }, cells.into_iter().collect::<String>());
        _ = writeln!(picture, "{:>label$} {side}{}", row.task, cells.trim_end());
    }
    let end = time(elapsed_us, style.ascii);
    let space = width.saturating_sub(end.chars().count() + 1);
    _ = writeln!(picture, "{:label$}  0{:space$}{end}", "", "");
    if every > 1 {
        _ = writeln!(picture, "one task in {every} is drawn, of {}", rows.len());
    }
    picture
        + &legend(
            (0..MARKS.len()).filter(|phase| seen[*phase]).map(|phase| (mark(phase), MARKS[phase].3)),
            label,
            style,
        )
}

/// What the marks mean, in as many lines as it takes.
fn legend(marks: impl Iterator<Item = (char, &'static str)>, indent: usize, style: Style) -> String {
    let mut lines = Vec::<String>::new();
    for entry in marks.map(|(mark, meaning)| format!("  {mark} {meaning}")) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + entry.chars().count() <= style.width => *line += &entry,
            _ => lines.push(format!("{:indent$}{entry}", "")),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// A time with three digits that count: `1.23 s`, `45.6 ms`, `789 µs`.
fn time(micros: u64, ascii: bool) -> String {
    let (unit, value) = match micros {
        0..1000 => (if ascii { "us" } else { "µs" }, micros as f64),
        1000..1_000_000 => ("ms", micros as f64 / 1e3),
        _ => ("s", micros as f64 / 1e6),
    };
    let decimals = match value {
        _ if micros < 1000 => 0,
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(worker: usize, start_us: u64, phases: &[(&'static str, u64)], end_us: u64) -> Row {
        Row {
            task: "BR".into(),
            copy: 1,
            outcome: "ok",
            class: None,
            cause: None,
            bytes: 0,
            worker,
            attempts: 1,
            start_us,
            end_us,
            answer: None,
            phases: phases.into(),
            digest: None,
        }
    }

    #[test]
    fn one_after_another_is_a_staircase_of_phases() {
        let phases = [("wait", 0), ("connect", 100), ("first_byte", 200), ("body", 100), ("save", 100)];
        let rows = [row(0, 0, &phases, 500), row(1, 500, &phases, 1000)];
        let picture = draw(&rows, 1000, Style { width: 25, ascii: true });
        assert_eq!(
            picture.lines().collect::<Vec<_>>(),
            [
                "BR |cc----==##",
                "BR |          cc----==##",
                "    0            1.00 ms",
                "    c connecting",
                "    - waiting",
                "    = receiving  # saving"
            ]
        );
    }

    #[test]
    fn tasks_without_phases_are_all_work() {
        let picture = draw(&[row(0, 0, &[], 500)], 1000, Style { width: 25, ascii: false });
        assert_eq!(picture.lines().next(), Some("BR │██████████"));
        assert_eq!(picture.lines().count(), 2);
    }

    #[test]
    fn the_legend_has_every_mark_that_is_drawn_and_no_other() {
        let phases = [("wait", 200), ("connect", 200), ("first_byte", 200), ("body", 200), ("save", 200)];
        let style = Style { width: 80, ascii: false };
        let legend = |phases: &[_]| draw(&[row(0, 0, phases, 1000)], 1000, style).lines().last().unwrap().to_owned();
        assert_eq!(legend(&phases), "    · held back  ░ connecting  ▒ waiting  ▓ receiving  █ saving");
        assert_eq!(
            legend(&[("wait", 0), ("connect", 0), ("first_byte", 600), ("body", 0), ("save", 400)]),
            "    ▒ waiting  █ saving"
        );
    }

    #[test]
    fn of_many_tasks_every_nth_has_a_lane_and_no_line_is_wider_than_the_terminal() {
        let phases = [("wait", 2), ("connect", 2), ("first_byte", 2), ("body", 2), ("save", 2)];
        let rows: Vec<_> =
            (0..194).map(|task| row(task % 2, task as u64 * 10, &phases, task as u64 * 10 + 10)).collect();
        for width in [24, 40, 200] {
            let picture = draw(&rows, 1940, Style { width, ascii: false });
            assert!(picture.lines().all(|line| line.chars().count() <= width.max(34)), "{picture}");
            assert!(picture.contains("\none task in 5 is drawn, of 194\n"), "{picture}");
            let lanes: Vec<_> = picture.lines().filter_map(|line| line.strip_prefix("BR │")).collect();
            let starts: Vec<_> = lanes.iter().map(|lane| lane.len() - lane.trim_start().len()).collect();
            assert!(starts.len() == 39 && starts.is_sorted() && starts[38] > starts[0], "{picture}");
        }
        assert_eq!(draw(&[], 0, Style { width: 80, ascii: true }).lines().count(), 1);
    }

    #[test]
    fn the_axis_ends_at_a_time_with_digits_that_count() {
        let times = [789, 4567, 45_678, 456_789, 1_234_567, 123_000_000].map(|micros| time(micros, true));
        assert_eq!(times, ["789 us", "4.57 ms", "45.7 ms", "457 ms", "1.23 s", "123 s"]);
    }
}
