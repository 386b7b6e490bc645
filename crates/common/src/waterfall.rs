//! The picture of a run in the terminal: when each worker did what.

use std::fmt::Write;

use crate::record::Row;

/// The most lanes that are drawn; more would scroll away.
const MOST_LANES: usize = 40;

/// The characters for the phases of a task, in the order in which they come: wait, connect, first byte, body, save.
const BLOCKS: [char; 5] = ['·', '░', '▒', '▓', '█'];
const ASCII: [char; 5] = ['.', 'c', '-', '=', '#'];
/// For a task without phases, which is all work.
const WORK: usize = 4;

/// How a waterfall is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Characters in a line.
    pub width: usize,
    /// Whether only ASCII can be shown.
    pub ascii: bool,
}

/// The tasks on one time axis, each from its start to its end and drawn by phases: a staircase where one thing is done after
/// another, a wall where all is done at once. A few tasks have a lane each; more of them share their worker's.
pub fn draw(rows: &[Row], elapsed_us: u64, style: Style) -> String {
    let marks = if style.ascii { ASCII } else { BLOCKS };
    let lanes = lanes(rows);
    let label = lanes.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let width = style.width.saturating_sub(label + 3).max(10);
    let column = |at: u64| (at as u128 * width as u128 / u128::from(elapsed_us.max(1))) as usize;
    let draw_lane = |rows: &[&Row]| {
        let mut cells = vec![' '; width];
        for row in rows {
            let whole = [("work", row.end_us - row.start_us)];
            let (phases, first) = if row.phases.is_empty() { (&whole[..], WORK) } else { (&row.phases[..], 0) };
            let mut begin = row.start_us;
            for (phase, &(_, duration)) in phases.iter().enumerate().filter(|(_, (_, duration))| *duration > 0) {
                let end = begin + duration;
                // A phase is never too short to be seen; the next one may cover it.
                let from = column(begin).min(width - 1);
                let to = column(end).clamp(from + 1, width);
                cells[from..to].fill(marks[first + phase]);
                begin = end;
            }
        }
        cells.into_iter().collect::<String>().trim_end().to_owned()
    };

    let (side, legend) = if style.ascii {
        ('|', "- waiting  = receiving  # saving")
    } else {
        ('│', "▒ waiting  ▓ receiving  █ saving")
    };
    let mut picture = String::new();
    // Writing to a String cannot fail.
    for (name, rows) in lanes.iter().take(MOST_LANES) {
        _ = writeln!(picture, "{name:>label$} {side}{}", draw_lane(rows));
    }
    if lanes.len() > MOST_LANES {
        _ = writeln!(picture, "and {} more workers", lanes.len() - MOST_LANES);
    }
    let end = format!("{:.2} s", elapsed_us as f64 / 1e6);
    let space = (label + 2 + width).saturating_sub(end.len() + label + 3);
    _ = writeln!(picture, "{:label$}  0{:space$}{end}", "", "");
    if rows.iter().any(|row| !row.phases.is_empty()) {
        _ = writeln!(picture, "{:label$}  {legend}", "");
    }
    picture
}

/// The lanes with their names: one for each task in order of their starts, or if these are too many one for each worker.
fn lanes(rows: &[Row]) -> Vec<(String, Vec<&Row>)> {
    if rows.len() <= MOST_LANES {
        let mut rows: Vec<_> = rows.iter().collect();
        rows.sort_by_key(|row| row.start_us);
        return rows.into_iter().map(|row| (row.task.clone(), vec![row])).collect();
    }
    let workers = rows.iter().map(|row| row.worker + 1).max().unwrap_or_default();
    let mut lanes: Vec<_> = (0..workers).map(|worker| (worker.to_string(), Vec::new())).collect();
    rows.iter().for_each(|row| lanes[row.worker].1.push(row));
    lanes
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
            phases: phases.into(),
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
                "    0             0.00 s",
                "    - waiting  = receiving  # saving"
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
    fn many_tasks_share_the_lanes_of_their_workers_and_no_line_is_wider_than_the_terminal() {
        let rows: Vec<_> = (0..100).map(|worker| row(worker, 0, &[], 1000)).collect();
        for width in [13, 40, 200] {
            let picture = draw(&rows, 1000, Style { width, ascii: false });
            assert!(picture.lines().all(|line| line.chars().count() <= width.max(24)), "{picture}");
            assert!(picture.contains("and 60 more workers"));
        }
        let rows: Vec<_> = (0..100).map(|task| row(task % 2, task as u64 * 10, &[], task as u64 * 10 + 10)).collect();
        let picture = draw(&rows, 1000, Style { width: 80, ascii: false });
        assert!(picture.starts_with("0 │█") && picture.lines().nth(1).unwrap().starts_with("1 │"), "{picture}");
        assert_eq!(draw(&[], 0, Style { width: 80, ascii: true }).lines().count(), 1);
    }
}
