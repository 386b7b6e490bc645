//! `ratios.svg`: every ratio a dot, the interval a bar, the noise a band behind.

use super::palette;
use super::scale::Scale;
use super::svg::{Anchor, Svg};
use crate::analyse::summary::{Row, Summary, Table};
use crate::base::numbers::{percent, thousands, three_digits, with_interval};

/// The ratios of every workload.
pub fn draw(summary: &Summary, width: f64) -> Option<String> {
    let tables: Vec<&Table> =
        summary.workloads.iter().filter(|table| table.rows.iter().any(|row| row.ratio.is_some())).collect();
    if tables.is_empty() {
        return None;
    }
    let base = summary.run.baseline.as_deref().unwrap_or("the baseline");
    let mut svg = Svg::new(width);
    let title = format!("Time compared with {base}, round by round");
    let mut y = 28.0 + svg.paragraph((16.0, 28.0), "head", &title);
    for table in tables {
        y = panel(&mut svg, table, y);
    }
    let note = format!(
        "Left of 1 is faster. Each dot is one round's ratio to the run of {base} in the same round; the bar is the 95 % \
         interval of their median, the upright stroke the median itself; the grey band is what {base} shows against \
         itself, and never under 5 %."
    );
    y += svg.paragraph((16.0, y + 6.0), "soft", &note);
    Some(svg.finish(y + 14.0, &title, &note))
}

fn panel(svg: &mut Svg, table: &Table, top: f64) -> f64 {
    let rows: Vec<&Row> = table.rows.iter().filter(|row| row.ratio.is_some()).collect();
    let left = if svg.width > 600.0 { 150.0 } else { 116.0 };
    let values = || rows.iter().filter_map(|row| row.ratio.as_ref()).flat_map(|ratio| ratio.values.iter().copied());
    let band = [1.0 - table.noise_band.min(0.99), 1.0 + table.noise_band];
    let lowest = values().fold(band[0].clamp(0.5, 0.9), f64::min);
    let highest = values().fold(band[1].max(1.1), f64::max);
    let x = Scale::logarithmic(lowest / 1.12, highest * 1.12, [left, svg.width - 24.0]);

    let mut y =
        top + svg.paragraph((16.0, top + 4.0), "name", &format!("{}: {}", table.recorded.workload.name, table.title));
    let (row_height, first) = (24.0, y);
    let height = rows.len() as f64 * row_height;
    let from = x.at(band[0].max(lowest / 1.12));
    let says = format!("the noise: within {} of 1 a ratio means nothing", percent(table.noise_band));
    svg.rect([from, first, x.at(band[1]) - from, height], "band", &says);
    for tick in x.ticks(if highest >= 1e3 { 54.0 } else { 34.0 }) {
        svg.line([x.at(tick), first, x.at(tick), first + height], if tick == 1.0 { "axis" } else { "grid" }, "");
        svg.text((x.at(tick), first + height + 15.0), Anchor::Middle, "soft", &number(tick));
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
        let interval = with_interval(ratio.median, ratio.interval);
        let says = format!("{}: {interval} over {} rounds", row.label(), ratio.values.len());
        svg.line([x.at(low), middle, x.at(high), middle], &format!("thick {class}"), &says);
    }
    for (round, value) in ratio.values.iter().enumerate() {
        // Up and down in turn, so that equal values do not hide each other.
        let aside = [-6.0, 3.0, -3.0, 6.0, 0.0][round % 5];
        let says = format!("{}, round {}: {}", row.label(), round + 1, three_digits(*value));
        svg.shape(0, (x.at(*value), middle + aside), 2.6, &format!("dot {class}"), &says);
    }
    let says = format!("{}: median {}", row.label(), three_digits(ratio.median));
    svg.line([x.at(ratio.median), middle - 9.0, x.at(ratio.median), middle + 9.0], &format!("stroke {class}"), &says);
}

fn number(tick: f64) -> String {
    if tick >= 1e3 {
        return thousands(tick.round() as u64);
    }
    let text = format!("{tick:.4}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}
