//! What a sweep shows: a curve for each strategy, its knee, and what limits beyond it.

use crate::analyse::summary::{Row, Summary, Table};
use crate::plan::workload::Axis;
use crate::record::basis::Basis;

/// A curve has bent where this near to its best.
const NEAR: f64 = 1.1;
/// A share of all cores above which it is the machine that limits.
pub const FULL: f64 = 0.8;

/// One strategy along one axis.
#[derive(Clone, Debug)]
pub struct Curve {
    /// The strategy.
    pub contender: String,
    /// Its points, by value.
    pub points: Vec<Point>,
    /// The smallest concurrency that is within a tenth of the best, if it was tried with less and with more.
    pub knee: Option<usize>,
}

/// One point of a curve.
#[derive(Clone, Debug)]
pub struct Point {
    /// The place on the axis.
    pub value: usize,
    /// The median time, in microseconds.
    pub time_us: f64,
    /// What that rests on.
    pub basis: Basis,
    /// The fastest and the slowest round.
    pub range_us: [f64; 2],
    /// The time that these workers cannot beat.
    pub bound_us: Option<f64>,
    /// The peaks of all its processes, added up, in KiB.
    pub peak_kib: Option<f64>,
    /// Context switches.
    pub switches: f64,
    /// The share of all cores that program and server kept busy.
    pub busy: f64,
    /// The machine's load, with whatever else ran on it.
    pub load: f64,
}

/// The curves along `axis`, in the order of the contenders.
pub fn curves(summary: &Summary, axis: Axis) -> Vec<Curve> {
    let cores = summary.run.environment.cores;
    let mut curves: Vec<Curve> = Vec::new();
    for (table, value) in tables(summary, axis) {
        // A computed time is no point of a curve.
        for row in table.contenders().filter(|row| row.was_run()) {
            let point = point(row, value, cores);
            match curves.iter_mut().find(|curve| curve.contender == row.contender) {
                Some(curve) => curve.points.push(point),
                None => curves.push(Curve { contender: row.contender.clone(), points: vec![point], knee: None }),
            }
        }
    }
    for curve in &mut curves {
        curve.points.sort_by_key(|point| point.value);
        if axis == Axis::Concurrency && curve.points.len() > 1 {
            curve.knee = knee(&curve.points);
        }
    }
    curves
}

/// The tables along `axis`, with the values that they are measured at.
pub fn tables(summary: &Summary, axis: Axis) -> impl Iterator<Item = (&Table, usize)> {
    summary.workloads.iter().filter_map(move |table| {
        let point = table.recorded.workload.point.as_ref()?;
        (point.axis == axis).then_some((table, point.value))
    })
}

fn point(row: &Row, value: usize, cores: usize) -> Point {
    let fastest = row.times_us.iter().copied().fold(f64::INFINITY, f64::min);
    let slowest = row.times_us.iter().copied().fold(0.0, f64::max);
    let busy = (row.cpu_us() + row.server_cpu_us.unwrap_or(0.0)) / (row.wall_us * cores as f64);
    Point {
        value,
        time_us: row.time_us,
        basis: row.basis,
        range_us: [fastest, slowest],
        bound_us: row.bound_us,
        peak_kib: row.peak_kib,
        switches: row.switches(),
        busy: busy.min(1.0),
        load: row.load,
    }
}

/// The smallest value whose time is within a tenth of the best. It is no knee at either end: what is beyond is not known.
pub fn knee(points: &[Point]) -> Option<usize> {
    let best = points.iter().map(|point| point.time_us).fold(f64::INFINITY, f64::min);
    let at = points.iter().position(|point| point.time_us <= best * NEAR)?;
    (at > 0 && at + 1 < points.len()).then(|| points[at].value)
}
