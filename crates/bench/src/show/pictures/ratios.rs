//! `ratios.svg`: every ratio a dot, the interval a bar, the noise a band behind.

use super::palette;
use super::scale::Scale;
use super::svg::{Anchor, Svg};
use crate::analyse::summary::{Row, Summary, Table};
use crate::base::numbers::{percent, speed, thousands};

/// The ratios of every workload, where there are any: one run or none is no round.
pub fn draw(summary: &Summary, width: f64) -> Option<String> {
    let tables: Vec<&Table> = summary.workloads.iter().filter(|table| table.rows.iter().any(has_rounds)).collect();
    if tables.is_empty() {
        return None;
    }
    let base = summary.run.baseline.as_deref().unwrap_or("the baseline");
    let mut svg = Svg::new(width);
    let title = format!("How many times as fast as {base}, round by round");
    let mut y = 28.0 + svg.paragraph((16.0, 28.0), "head", &title);
    for table in tables {
        y = panel(&mut svg, table, y);
    }
    let note = format!(
        "Right of 1 is faster. Each dot is one round beside the run of {base} in the same round; the bar is the 95 % \
         interval of their median, the upright stroke the median itself; the grey band is what {base} shows against \
         itself, and never under 5 %."
    );
    y += svg.paragraph((16.0, y + 6.0), "soft", &note);
    Some(svg.finish(y + 14.0, &title, &note))
}

fn has_rounds(row: &Row) -> bool {
    row.ratio.as_ref().is_some_and(|ratio| !ratio.values.is_empty())
}

fn panel(svg: &mut Svg, table: &Table, top: f64) -> f64 {
    let rows: Vec<&Row> = table.rows.iter().filter(|row| has_rounds(row)).collect();
    let left = if svg.width > 600.0 { 150.0 } else { 116.0 };
    let values = || {
        rows.iter().filter_map(|row| row.ratio.as_ref()).flat_map(|ratio| ratio.values.iter().map(|ratio| 1.0 / ratio))
    };
    let band = [1.0 / (1.0 + table.noise_band), 1.0 / (1.0 - table.noise_band.min(0.99))];
    let lowest = values().fold(band[0].clamp(0.5, 0.9), f64::min);
    let highest = values().fold(band[1].clamp(1.1, 2.0), f64::max);
    let x = Scale::logarithmic(lowest / 1.12, highest * 1.12, [left, svg.width - 24.0]);

    let mut y =
        top + svg.paragraph((16.0, top + 4.0), "name", &format!("{}: {}", table.recorded.workload.name, table.title));
    let (row_height, first) = (24.0, y);
    let height = rows.len() as f64 * row_height;
    let from = x.at(band[0].max(lowest / 1.12));
    let says = format!("the noise: within {} of 1 a ratio means nothing", percent(table.noise_band));
    svg.rect([from, first, x.at(band[1].min(highest * 1.12)) - from, height], "band", &says);
    for (place, label) in ticks(&x, [lowest / 1.12, highest * 1.12]) {
        svg.line([place, first, place, first + height], if label == "1" { "axis" } else { "grid" }, "");
        svg.text((place, first + height + 15.0), Anchor::Middle, "soft", &label);
    }
    for (place, row) in rows.iter().enumerate() {
        let middle = y + row_height / 2.0;
        line(svg, row, place, &x, middle, left);
        y += row_height;
    }
    y + 40.0
}

fn line(svg: &mut Svg, row: &Row, place: usize, x: &Scale, middle: f64, left: f64) {
    let Some(ratio) = &row.ratio else { return };
    let class = palette::class(&row.contender, place);
    let label = if row.control { "soft" } else { "" };
    svg.text((left - 10.0, middle + 4.0), Anchor::End, label, &row.label());
    if let Some([low, high]) = ratio.interval {
        let interval = speed(ratio.median, ratio.interval);
        let says = format!("{}: {interval} over {} rounds", row.label(), ratio.values.len());
        svg.line([x.at(1.0 / high), middle, x.at(1.0 / low), middle], &format!("thick {class}"), &says);
    }
    for (round, value) in ratio.values.iter().enumerate() {
        // Up and down in turn, so that equal values do not hide each other.
        let aside = [-6.0, 3.0, -3.0, 6.0, 0.0][round % 5];
        let says = format!("{}, round {}: {}", row.label(), round + 1, speed(*value, None));
        svg.shape(0, (x.at(1.0 / value), middle + aside), 2.6, &format!("dot {class}"), &says);
    }
    let says = format!("{}: median {}", row.label(), speed(ratio.median, None));
    let median = x.at(1.0 / ratio.median);
    svg.line([median, middle - 9.0, median, middle + 9.0], &format!("stroke {class}"), &says);
}

/// Places on the axis and their labels: round numbers to the right of 1, and their inverses to the left.
fn ticks(x: &Scale, [lowest, highest]: [f64; 2]) -> Vec<(f64, String)> {
    let side = |end: f64, of: fn(f64) -> f64, over: &str| -> Vec<(f64, String)> {
        let longest = if end >= 1e3 { 54.0 } else { 38.0 };
        let ticks = Scale::logarithmic(1.0, end, [x.at(1.0), x.at(of(end))]).ticks(longest);
        ticks
            .into_iter()
            .filter(|tick| *tick > 1.0)
            .map(|tick| (x.at(of(tick)), over.to_owned() + &number(tick)))
            .collect()
    };
    let (fast, slow) = (side(highest, |tick| tick, ""), side(1.0 / lowest, f64::recip, "1/"));
    std::iter::once((x.at(1.0), "1".to_owned())).chain(fast).chain(slow).collect()
}

fn number(tick: f64) -> String {
    if tick >= 1e3 {
        return thousands(tick.round() as u64);
    }
    let text = format!("{tick:.4}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}
