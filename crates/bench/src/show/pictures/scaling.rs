//! `scaling.svg`: time against concurrency and against the number of flags, with the bound drawn in.

use super::palette;
use super::scale::Scale;
use super::svg::{Anchor, Svg};
use crate::analyse::scaling::{Curve, Point};
use crate::analyse::summary::Summary;
use crate::base::numbers::{duration, thousands};
use crate::plan::workload::Axis;

/// Both sweeps, as far as they were made.
pub fn draw(summary: &Summary, width: f64) -> Option<String> {
    let mut svg = Svg::new(width);
    let title = "How the strategies scale";
    let mut y = 28.0 + svg.paragraph((16.0, 28.0), "head", title);
    let mut drawn = false;
    for axis in [Axis::Concurrency, Axis::Items] {
        let curves = crate::analyse::scaling::curves(summary, axis);
        if curves.iter().any(|curve| curve.points.len() > 1) {
            y = panel(&mut svg, summary, axis, &curves, y);
            drawn = true;
        }
    }
    let note = "Both axes are logarithmic. Each mark is a median; its whisker reaches from the fastest to the slowest round. \
                The dashed line is the bound: the server's delays, dealt to that many workers at no cost. A ring marks the knee.";
    y += svg.paragraph((16.0, y), "soft", note);
    drawn.then(|| svg.finish(y + 12.0, title, note))
}

fn panel(svg: &mut Svg, summary: &Summary, axis: Axis, curves: &[Curve], top: f64) -> f64 {
    let (height, left) = (300.0, 74.0);
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let bounds = || points().filter_map(|point| point.bound_us);
    let [first, last] = [points().map(|p| p.value).min().unwrap_or(1), points().map(|p| p.value).max().unwrap_or(1)];
    let fastest = points().map(|point| point.range_us[0]).chain(bounds()).fold(f64::INFINITY, f64::min);
    let slowest = points().map(|point| point.range_us[1]).chain(bounds()).fold(0.0, f64::max);

    let heading = crate::show::sweep::title(summary, axis);
    let top = top + svg.paragraph((16.0, top + 4.0), "name", &heading) + 6.0;
    let x = Scale::logarithmic(first as f64 / 1.15, last as f64 * 1.15, [left, svg.width - 20.0]);
    let y = Scale::logarithmic(fastest / 1.2, slowest * 1.2, [top + height, top]);
    for tick in y.ticks(30.0) {
        svg.line([left, y.at(tick), svg.width - 20.0, y.at(tick)], "grid", "");
        svg.text((left - 8.0, y.at(tick) + 4.0), Anchor::End, "soft", &duration(tick));
    }
    let mut values: Vec<usize> = points().map(|point| point.value).collect();
    values.sort_unstable();
    values.dedup();
    // As many labels as there is room for, and each line in any case.
    let every = if svg.width > 600.0 { 1 } else { values.len().div_ceil(5) };
    for (place, value) in values.iter().enumerate() {
        let at = x.at(*value as f64);
        svg.line([at, top, at, top + height], "grid", "");
        if place % every == 0 {
            svg.text((at, top + height + 16.0), Anchor::Middle, "soft", &thousands(*value as u64));
        }
    }
    let name = match axis {
        Axis::Concurrency => "requests at once",
        Axis::Items => "flags",
    };
    svg.text(((left + svg.width - 20.0) / 2.0, top + height + 34.0), Anchor::Middle, "soft", name);

    bound(svg, &x, &y, points());
    for (place, curve) in curves.iter().enumerate() {
        draw_curve(svg, curve, place, &x, &y);
    }
    let mut below = legend(svg, curves, top + height + 58.0);
    for curve in curves.iter().filter(|curve| curve.points.len() > 1) {
        below += svg.paragraph(
            (16.0, below),
            "soft",
            &crate::show::sweep::sentence(curve, axis, summary.run.environment.cores),
        ) + 2.0;
    }
    below + 22.0
}

fn bound<'a>(svg: &mut Svg, x: &Scale, y: &Scale, points: impl Iterator<Item = &'a Point>) {
    let mut bound: Vec<(usize, f64)> = points.filter_map(|point| Some((point.value, point.bound_us?))).collect();
    bound.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    bound.dedup_by_key(|(value, _)| *value);
    if bound.len() > 1 {
        let line: Vec<(f64, f64)> = bound.iter().map(|(value, bound)| (x.at(*value as f64), y.at(*bound))).collect();
        svg.polyline(&line, "bound", "the bound: the server's delays, dealt to that many workers at no cost");
    }
}

fn draw_curve(svg: &mut Svg, curve: &Curve, place: usize, x: &Scale, y: &Scale) {
    let class = palette::class(&curve.contender, place);
    let at = |point: &Point| (x.at(point.value as f64), y.at(point.time_us));
    let line: Vec<(f64, f64)> = curve.points.iter().map(at).collect();
    svg.polyline(&line, &format!("stroke {class}"), &curve.contender);
    for point in &curve.points {
        let (px, py) = at(point);
        let says = format!(
            "{}, {}: {}, from {} to {}",
            curve.contender,
            thousands(point.value as u64),
            duration(point.time_us),
            duration(point.range_us[0]),
            duration(point.range_us[1])
        );
        svg.line([px, y.at(point.range_us[0]), px, y.at(point.range_us[1])], &format!("stroke {class}"), &says);
        svg.shape(place, (px, py), 4.5, &format!("fill {class}"), &says);
        if curve.knee == Some(point.value) {
            svg.shape(0, (px, py), 9.0, &format!("stroke {class}"), &format!("the knee of {}", curve.contender));
        }
    }
}

/// The strategies with their marks; returns where it ends.
fn legend(svg: &mut Svg, curves: &[Curve], y: f64) -> f64 {
    let (mut at, mut y) = (22.0, y);
    for (place, curve) in curves.iter().enumerate() {
        let length = 34.0 + 7.0 * curve.contender.len() as f64;
        if at + length > svg.width - 16.0 {
            (at, y) = (22.0, y + 20.0);
        }
        let class = palette::class(&curve.contender, place);
        svg.shape(place, (at, y - 4.0), 4.5, &format!("fill {class}"), &curve.contender);
        svg.text((at + 10.0, y), Anchor::Start, "", &curve.contender);
        at += length;
    }
    y + 24.0
}
