//! The map of `bench map` in words, and as a table.

use crate::analyse::mapping::{Cell, Map};
use crate::base::numbers::{duration, thousands};
use crate::plan::strategies;
use crate::show::grid::{Grid, Head, Line};
use crate::show::headline::list;

/// What every cell does.
pub fn title(map: &Map) -> String {
    let [items, at_once] = [map.mapping.items, map.mapping.at_once].map(|n| thousands(n as u64));
    format!("The fastest strategy for {items} items, {at_once} at once, by the waiting and the computing of each")
}

/// The map as a table: a line for each delay, a column for each computing; strategies by their first letters.
pub fn grid(map: &Map) -> Grid {
    let head = |text: String| Head { text, goes: None };
    let heads = map.mapping.cpus_us.iter().map(|us| head(format!("computes {}", step(*us))));
    let cell = |cell: Option<&Cell>| match cell {
        Some(cell) => {
            let letters: Vec<&str> = cell.fastest.iter().map(|name| &name[..name.len().min(1)]).collect();
            format!("{} {}", letters.join(if cell.is_tie { "=" } else { "?" }), duration(cell.time_us))
        }
        None => "–".into(),
    };
    let line = |delay: usize| {
        let cells = (0..map.mapping.cpus_us.len()).map(|cpu| cell(map.cell(delay, cpu)));
        let name = format!("waits {}", step(map.mapping.delays_us[delay]));
        Line { cells: std::iter::once(name).chain(cells).collect(), control: false }
    };
    Grid {
        name: "map".into(),
        title: title(map),
        heads: std::iter::once(head("each".into())).chain(heads).collect(),
        lines: (0..map.mapping.delays_us.len()).map(line).collect(),
        notes: std::iter::once(letters()).chain(sentences(map)).collect(),
    }
}

/// A step of an axis: `0`, `300 µs`.
pub fn step(us: u64) -> String {
    if us == 0 { "0".into() } else { duration(us as f64).replace(".00", "").replace(".0 ", " ") }
}

fn letters() -> String {
    let each = strategies::all().iter().map(|one| format!("{} is {}", &one.name[..1], one.name));
    format!("{}; = joins those that are the same, ? those that are not told apart.", list(&each.collect::<Vec<_>>()))
}

/// What the map says.
pub fn sentences(map: &Map) -> Vec<String> {
    let all = map.cells.len();
    if all == 0 {
        return vec!["Nothing was measured.".into()];
    }
    let alone = |name: &str| map.cells.iter().filter(|cell| cell.fastest == [name]).count();
    let among = |name: &str| map.cells.iter().filter(|cell| cell.fastest.iter().any(|one| one == name)).count();
    let each = strategies::all().iter().filter(|one| among(&one.name) > 0);
    let each: Vec<String> =
        each.map(|one| format!("{} in {} ({} alone)", one.name, among(&one.name), alone(&one.name))).collect();
    let shared = map.cells.iter().filter(|cell| cell.fastest.len() > 1).count();
    let computing = map.cells.iter().filter(|cell| cell.is_computing()).count();
    vec![
        format!(
            "Of {all} cells, among the fastest is {}; in {shared} several are the same or not told apart.",
            list(&each)
        ),
        format!(
            "In {computing} cells the processors limit, in {} the waiting does: there more at once would help, beyond the line it would not.",
            all - computing
        ),
    ]
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::record::mapping::Mapping;

    pub(crate) fn a_map() -> Map {
        let mapping = Mapping { delays_us: vec![0, 10_000], cpus_us: vec![0, 300, 10_000], items: 40, at_once: 20 };
        let cell = |delay, cpu, fastest: &[&str], is_tie, busy| Cell {
            delay,
            cpu,
            fastest: fastest.iter().map(|name| (*name).to_owned()).collect(),
            is_tie,
            time_us: 20_000.0,
            busy,
        };
        let cells = vec![
            cell(0, 0, &["sequential"], true, 0.5),
            cell(0, 1, &["thread-pool"], true, 0.9),
            cell(0, 2, &["thread-pool", "process-pool"], true, 0.99),
            cell(1, 0, &["thread-pool", "async-tasks"], false, 0.1),
            cell(1, 1, &["async-tasks"], true, 0.2),
        ];
        Map { mapping, cells }
    }

    #[test]
    fn a_map_is_said_in_two_sentences_and_a_table_by_letters() {
        let grid = grid(&a_map());
        assert_eq!(
            grid.heads.iter().map(|head| head.text.as_str()).collect::<Vec<_>>()[1..3],
            ["computes 0", "computes 300 µs"]
        );
        assert_eq!(grid.lines[0].cells, ["waits 0", "s 20.0 ms", "t 20.0 ms", "t=p 20.0 ms"]);
        assert_eq!(grid.lines[1].cells, ["waits 10 ms", "t?a 20.0 ms", "a 20.0 ms", "–"]);
        let said = sentences(&a_map());
        assert_eq!(
            said[0],
            "Of 5 cells, among the fastest is sequential in 1 (1 alone), thread-pool in 3 (1 alone), process-pool in 1 (0 alone) and \
             async-tasks in 2 (1 alone); in 2 several are the same or not told apart."
        );
        assert!(said[1].starts_with("In 2 cells the processors limit, in 3 the waiting does"), "{said:?}");
    }
}
