//! The map: a grid of waiting and computing, each cell in the colour of its fastest strategy, in stripes where several are not told apart,
//! and a line between where the waiting limits and where the processors do.

use super::palette;
use super::svg::{Anchor, Svg};
use crate::analyse::mapping::{Cell, Map};
use crate::base::numbers::duration;
use crate::plan::strategies;
use crate::show::headline::list;
use crate::show::map::{sentences, step, title};

/// The height of a cell, and the gap between two, in which the line is seen beside every colour.
const CELL: f64 = 54.0;
const GAP: f64 = 5.0;
const LEFT: f64 = 76.0;
/// The class of the line between the limits.
const BORDER: &str = "bound";
/// The stripes of a cell, whole rounds of its strategies.
const STRIPES: usize = 12;

/// The picture, at this width.
pub fn draw(map: &Map, width: f64) -> String {
    let mut svg = Svg::new(width);
    let top = 20.0 + svg.paragraph((16.0, 26.0), "head", &title(map)) + 12.0;
    let (rows, columns) = (map.mapping.delays_us.len(), map.mapping.cpus_us.len());
    let wide = (width - LEFT - 16.0) / columns as f64;
    // The longest waits are on top, as on a chart.
    let corner = |delay: usize, cpu: usize| (LEFT + cpu as f64 * wide, top + (rows - 1 - delay) as f64 * CELL);
    for (delay, us) in map.mapping.delays_us.iter().enumerate() {
        let (x, y) = corner(delay, 0);
        svg.text((x - 8.0, y + CELL / 2.0 + 4.0), Anchor::End, "soft", &step(*us));
    }
    let bottom = top + rows as f64 * CELL;
    for (cpu, us) in map.mapping.cpus_us.iter().enumerate() {
        svg.text((corner(0, cpu).0 + wide / 2.0, bottom + 16.0), Anchor::Middle, "soft", &step(*us));
    }
    svg.text(((LEFT + width) / 2.0, bottom + 34.0), Anchor::Middle, "soft", "computing for each item");
    svg.text((16.0, top - 6.0), Anchor::Start, "soft", "waiting for each item");
    for cell in &map.cells {
        draw_cell(&mut svg, cell, corner(cell.delay, cell.cpu), wide);
    }
    let computes = |delay: usize, cpu: usize| map.cell(delay, cpu).map(Cell::is_computing);
    let differ =
        |one: Option<bool>, other: Option<bool>| matches!((one, other), (Some(one), Some(other)) if one != other);
    let says = "beyond this line the processors limit, and more at once would not help";
    for delay in 0..rows {
        for cpu in 0..columns {
            let (x, y) = corner(delay, cpu);
            if cpu + 1 < columns && differ(computes(delay, cpu), computes(delay, cpu + 1)) {
                svg.line([x + wide, y, x + wide, y + CELL], BORDER, says);
            }
            if delay + 1 < rows && differ(computes(delay, cpu), computes(delay + 1, cpu)) {
                svg.line([x, y, x + wide, y], BORDER, says);
            }
        }
    }
    let mut below = legend(&mut svg, map, bottom + 58.0);
    for sentence in sentences(map) {
        below += svg.paragraph((16.0, below), "soft", &sentence) + 2.0;
    }
    svg.finish(below + 10.0, &title(map), &sentences(map).join(" "))
}

fn draw_cell(svg: &mut Svg, cell: &Cell, (x, y): (f64, f64), wide: f64) {
    let says = format!(
        "{}: {}{}",
        list(&cell.fastest),
        duration(cell.time_us),
        if cell.fastest.len() > 1 && !cell.is_tie { ", not told apart" } else { "" }
    );
    let stripes = if cell.fastest.len() == 1 { 1 } else { STRIPES / cell.fastest.len() * cell.fastest.len() };
    let stripe = (wide - GAP) / stripes as f64;
    for number in 0..stripes {
        let strategy = &cell.fastest[number % cell.fastest.len()];
        let class = format!("fill {}", palette::class(strategy, 0));
        svg.rect([x + GAP / 2.0 + number as f64 * stripe, y + GAP / 2.0, stripe, CELL - GAP], &class, &says);
    }
    svg.text((x + wide / 2.0, y + CELL / 2.0 + 4.0), Anchor::Middle, "name", &duration(cell.time_us));
}

/// The strategies that occur, and the line; returns where it ends.
fn legend(svg: &mut Svg, map: &Map, y: f64) -> f64 {
    let occurs = |name: &str| map.cells.iter().any(|cell| cell.fastest.iter().any(|one| one == name));
    let (mut at, mut y) = (16.0, y);
    for strategy in strategies::all().iter().filter(|one| occurs(&one.name)) {
        let length = 32.0 + 7.0 * strategy.name.len() as f64;
        if at + length > svg.width - 16.0 {
            (at, y) = (16.0, y + 20.0);
        }
        svg.rect([at, y - 10.0, 11.0, 11.0], &format!("fill {}", palette::class(&strategy.name, 0)), &strategy.name);
        svg.text((at + 16.0, y), Anchor::Start, "", &strategy.name);
        at += length;
    }
    y += 20.0;
    svg.line([16.0, y - 4.0, 40.0, y - 4.0], BORDER, "");
    let words = "waiting limits on the one side, the processors on the other; stripes: several are not told apart";
    y + svg.paragraph((46.0, y), "soft", words) + 6.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::map::tests::a_map;
    use crate::show::pictures::{NARROW, WIDE};

    #[test]
    fn each_cell_has_the_colours_of_its_fastest_and_the_line_runs_between_the_limits() {
        for width in [WIDE, NARROW] {
            let picture = draw(&a_map(), width);
            roxmltree::Document::parse(&picture).unwrap();
            // Three cells of one colour, two of twelve stripes, and four squares of the legend.
            assert_eq!(picture.matches("<rect class=\"fill ").count(), 3 + 2 * 12 + 4);
            // Between 0 and 300 µs of computing without waits, between 0 and 10 ms of waiting at 300 µs, and in the legend.
            assert_eq!(picture.matches("<line class=\"bound\"").count(), 3, "{picture}");
            assert!(picture.contains("thread-pool and async-tasks: 20.0 ms, not told apart"));
        }
    }
}
