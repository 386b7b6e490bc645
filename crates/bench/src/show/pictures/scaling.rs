//! `scaling.svg`, `memory.svg`, `switches.svg`: time, memory and context switches against concurrency and against the number of
//! flags; with the time its bound and the knees.

use super::palette;
use super::scale::Scale;
use super::svg::{Anchor, Svg};
use crate::analyse::scaling::{Curve, Point, curves};
use crate::analyse::summary::Summary;
use crate::base::numbers::{duration, thousands};
use crate::plan::workload::Axis;
use crate::show::sweep;

/// A figure of each point that a picture is about.
pub struct Measure {
    name: &'static str,
    title: &'static str,
    /// What a mark is, and what is drawn beside it.
    note: &'static str,
    /// Its value, and the range that its whisker has.
    value: fn(&Point) -> Option<Mark>,
    /// How a value is said.
    say: fn(f64) -> String,
    bound: fn(&Point) -> Option<f64>,
    has_knee: bool,
    sentence: fn(&Curve, Axis, usize) -> String,
}

/// A value, and the smallest and largest behind it.
type Mark = (f64, [f64; 2]);

/// The time of the whole process.
pub const TIME: Measure = Measure {
    name: "Time",
    title: "How the strategies scale: time of the whole process",
    note: "Both axes are logarithmic. Each mark is a median; its whisker reaches from the fastest to the slowest round. \
           The dashed line is the bound: the server's delays, dealt to that many workers at no cost. A ring marks the knee.",
    value: |point| Some((point.time_us, point.range_us)),
    say: duration,
    bound: |point| point.bound_us,
    has_knee: true,
    sentence: sweep::sentence,
};

/// The memory of all processes.
pub const MEMORY: Measure = Measure {
    name: "Memory",
    title: "How the strategies scale: memory",
    note: "Both axes are logarithmic. Each mark is the median of the peaks of all processes, added up.",
    // Ticks are round in the unit that is shown.
    value: |point| point.peak_kib.map(|kib| kib / 1024.0).map(|mib| (mib, [mib; 2])),
    say: |mib| sweep::memory(mib * 1024.0),
    bound: |_| None,
    has_knee: false,
    sentence: |_, _, _| String::new(),
};

/// Context switches.
pub const SWITCHES: Measure = Measure {
    name: "Context switches",
    title: "How the strategies scale: context switches",
    note: "Both axes are logarithmic. Each mark is the median of the context switches of a run, by all processes together.",
    // A logarithmic axis has no zero.
    value: |point| (point.switches > 0.0).then_some((point.switches, [point.switches; 2])),
    say: |count| thousands(count.round() as u64),
    bound: |_| None,
    has_knee: false,
    sentence: |_, _, _| String::new(),
};

/// Both sweeps, as far as they were made.
pub fn draw(summary: &Summary, measure: &Measure, width: f64) -> Option<String> {
    let mut svg = Svg::new(width);
    let mut y = 28.0 + svg.paragraph((16.0, 28.0), "head", measure.title);
    let mut drawn = false;
    for axis in sweep::AXES {
        let mut curves = curves(summary, axis);
        curves.iter_mut().for_each(|curve| curve.points.retain(|point| (measure.value)(point).is_some()));
        if curves.iter().any(|curve| curve.points.len() > 1) {
            y = panel(&mut svg, summary, measure, axis, &curves, y);
            drawn = true;
        }
    }
    y += svg.paragraph((16.0, y), "soft", measure.note);
    drawn.then(|| svg.finish(y + 12.0, measure.title, measure.note))
}

fn panel(svg: &mut Svg, summary: &Summary, measure: &Measure, axis: Axis, curves: &[Curve], top: f64) -> f64 {
    let (height, left) = (300.0, 74.0);
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let ranges = || points().filter_map(measure.value).map(|(_, range)| range);
    let bounds = || points().filter_map(measure.bound);
    let [first, last] = [points().map(|p| p.value).min().unwrap_or(1), points().map(|p| p.value).max().unwrap_or(1)];
    let lowest = ranges().map(|[low, _]| low).chain(bounds()).fold(f64::INFINITY, f64::min);
    let highest = ranges().map(|[_, high]| high).chain(bounds()).fold(0.0, f64::max);

    let heading = sweep::title(summary, measure.name, axis);
    let top = top + svg.paragraph((16.0, top + 4.0), "name", &heading) + 6.0;
    let x = Scale::logarithmic(first as f64 / 1.15, last as f64 * 1.15, [left, svg.width - 20.0]);
    let y = Scale::logarithmic(lowest / 1.2, highest * 1.2, [top + height, top]);
    for tick in y.ticks(30.0) {
        svg.line([left, y.at(tick), svg.width - 20.0, y.at(tick)], "grid", "");
        svg.text((left - 8.0, y.at(tick) + 4.0), Anchor::End, "soft", &(measure.say)(tick));
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

    bound(svg, measure, &x, &y, points());
    for (place, curve) in curves.iter().enumerate() {
        draw_curve(svg, measure, curve, place, &x, &y);
    }
    let mut below = legend(svg, curves, top + height + 58.0);
    for curve in curves.iter().filter(|curve| curve.points.len() > 1) {
        let sentence = (measure.sentence)(curve, axis, summary.run.environment.cores);
        if !sentence.is_empty() {
            below += svg.paragraph((16.0, below), "soft", &sentence) + 2.0;
        }
    }
    below + 22.0
}

fn bound<'a>(svg: &mut Svg, measure: &Measure, x: &Scale, y: &Scale, points: impl Iterator<Item = &'a Point>) {
    let mut bound: Vec<(usize, f64)> =
        points.filter_map(|point| Some((point.value, (measure.bound)(point)?))).collect();
    bound.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    bound.dedup_by_key(|(value, _)| *value);
    if bound.len() > 1 {
        let line: Vec<(f64, f64)> = bound.iter().map(|(value, bound)| (x.at(*value as f64), y.at(*bound))).collect();
        svg.polyline(&line, "bound", "the bound: the server's delays, dealt to that many workers at no cost");
    }
}

fn draw_curve(svg: &mut Svg, measure: &Measure, curve: &Curve, place: usize, x: &Scale, y: &Scale) {
    let class = palette::class(&curve.contender, place);
    let marks = || curve.points.iter().filter_map(|point| Some((point.value, (measure.value)(point)?)));
    let line: Vec<(f64, f64)> = marks().map(|(at, (value, _))| (x.at(at as f64), y.at(value))).collect();
    svg.polyline(&line, &format!("stroke {class}"), &curve.contender);
    for (count, (value, [low, high])) in marks() {
        let at = (x.at(count as f64), y.at(value));
        let mut says = format!("{}, {}: {}", curve.contender, thousands(count as u64), (measure.say)(value));
        if low < high {
            says += &format!(", from {} to {}", (measure.say)(low), (measure.say)(high));
            svg.line([at.0, y.at(low), at.0, y.at(high)], &format!("stroke {class}"), &says);
        }
        svg.shape(place, at, 4.5, &format!("fill {class}"), &says);
        if measure.has_knee && curve.knee == Some(count) {
            svg.shape(0, at, 9.0, &format!("stroke {class}"), &format!("the knee of {}", curve.contender));
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
