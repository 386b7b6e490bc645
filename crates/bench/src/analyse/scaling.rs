//! What a sweep shows: a curve for each strategy, its knee, and what limits beyond it.

use crate::analyse::summary::{Row, Summary, Table};
use crate::base::numbers::{duration, percent, thousands};
use crate::plan::workload::{Axis, Work};
use crate::show::table::{Grid, Line};

/// A curve has bent where this near to its best.
const NEAR: f64 = 1.1;
/// A share of all cores above which it is the machine that limits.
const FULL: f64 = 0.8;

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
    /// The fastest and the slowest round.
    pub range_us: [f64; 2],
    /// The time that these workers cannot beat.
    pub bound_us: Option<f64>,
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
        for row in table.contenders() {
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

/// What is varied, and what is not, in words.
pub fn title(summary: &Summary, axis: Axis) -> String {
    let Some((table, _)) = tables(summary, axis).next() else { return String::new() };
    let work = &table.recorded.workload.work;
    match (axis, work) {
        (Axis::Concurrency, Work::Flags { delay: Some(delay), .. }) => format!(
            "Time against concurrency: {} flags from a server that waits {}",
            thousands(work.count() as u64),
            crate::plan::workload::delay_words(delay)
        ),
        (_, Work::Flags { concurrency, .. }) => {
            format!("Time against the number of flags: a fast server, at most {concurrency} at once")
        }
        _ => String::new(),
    }
}

/// The points along `axis` as a table: a line for each value, two columns for each strategy.
pub fn grid(summary: &Summary, axis: Axis) -> Option<Grid> {
    let curves = curves(summary, axis);
    let mut values: Vec<usize> = curves.iter().flat_map(|curve| &curve.points).map(|point| point.value).collect();
    values.sort_unstable();
    values.dedup();
    if values.is_empty() {
        return None;
    }
    let (name, unit) = match axis {
        Axis::Concurrency => ("concurrency", "at once"),
        Axis::Items => ("items", "flags"),
    };
    let bounded = axis == Axis::Concurrency;
    let mut header = vec![unit.to_string()];
    header.extend(curves.iter().flat_map(|curve| {
        let second = if bounded { "of bound" } else { "each" };
        [curve.contender.clone(), second.to_string()]
    }));
    let line = |value: &usize| {
        let cells = curves.iter().flat_map(|curve| {
            let Some(point) = curve.points.iter().find(|point| point.value == *value) else {
                return ["–".to_string(), "–".to_string()];
            };
            let second = match point.bound_us {
                Some(bound) => percent(bound / point.time_us),
                None => duration(point.time_us / *value as f64),
            };
            [duration(point.time_us), second]
        });
        Line { cells: std::iter::once(thousands(*value as u64)).chain(cells).collect(), control: false }
    };
    let cores = summary.run.environment.cores;
    let mut notes: Vec<String> =
        curves.iter().filter(|curve| curve.points.len() > 1).map(|curve| curve.sentence(axis, cores)).collect();
    notes.retain(|note| !note.is_empty());
    Some(Grid {
        name: name.into(),
        title: title(summary, axis),
        header,
        lines: values.iter().map(line).collect(),
        notes,
    })
}

fn tables(summary: &Summary, axis: Axis) -> impl Iterator<Item = (&Table, usize)> {
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
        range_us: [fastest, slowest],
        bound_us: row.bound_us,
        busy: busy.min(1.0),
        load: row.load,
    }
}

/// The smallest value whose time is within a tenth of the best. It is no knee at either end: what is beyond is not known.
fn knee(points: &[Point]) -> Option<usize> {
    let best = points.iter().map(|point| point.time_us).fold(f64::INFINITY, f64::min);
    let at = points.iter().position(|point| point.time_us <= best * NEAR)?;
    (at > 0 && at + 1 < points.len()).then(|| points[at].value)
}

impl Curve {
    /// What the curve says, in a sentence or two.
    pub fn sentence(&self, axis: Axis, cores: usize) -> String {
        let [Some(first), Some(last)] = [self.points.first(), self.points.last()] else { return String::new() };
        let name = &self.contender;
        if axis == Axis::Items {
            let each = |point: &Point| duration(point.time_us / point.value as f64);
            return format!(
                "{name}: {} a flag at {}, {} a flag at {}, with {} of the cores busy.",
                each(first),
                thousands(first.value as u64),
                each(last),
                thousands(last.value as u64),
                percent(last.busy)
            );
        }
        let Some(knee) = self.points.iter().find(|point| Some(point.value) == self.knee) else {
            let gained = crate::base::numbers::three_digits(first.time_us / last.time_us);
            return format!(
                "{name} shows no knee between {} and {}: {gained} × as fast with {} as with {}.",
                thousands(first.value as u64),
                thousands(last.value as u64),
                thousands(last.value as u64),
                thousands(first.value as u64)
            );
        };
        let gained = format!(
            "{name} has its knee at {}: {}, {} × as fast as with {}",
            thousands(knee.value as u64),
            duration(knee.time_us),
            crate::base::numbers::three_digits(first.time_us / knee.time_us),
            first.value
        );
        let limit = if knee.busy >= FULL {
            format!("beyond it the processor limits: {} of all {cores} cores are busy", percent(knee.busy))
        } else if knee.bound_us.is_some_and(|bound| bound >= FULL * knee.time_us) {
            "beyond it the delays themselves limit: the longest is not shortened by more workers".into()
        } else {
            format!(
                "beyond it neither the delays nor this work's share of the processor ({}) explain what is left: starting \
                 and ending the workers may, or what else the machine did (load {:.1})",
                percent(knee.busy),
                knee.load
            )
        };
        format!("{gained}; {limit}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(usize, f64, f64, f64)]) -> Curve {
        let point = |&(value, time_us, bound, busy): &(usize, f64, f64, f64)| Point {
            value,
            time_us,
            range_us: [time_us, time_us],
            bound_us: Some(bound),
            busy,
            load: 2.0,
        };
        let points: Vec<Point> = points.iter().map(point).collect();
        Curve { contender: "x".into(), knee: knee(&points), points }
    }

    #[test]
    fn the_knee_is_the_smallest_value_within_a_tenth_of_the_best() {
        let curve =
            curve(&[(1, 1_000.0, 990.0, 0.1), (8, 130.0, 125.0, 0.5), (64, 52.0, 16.0, 0.95), (512, 50.0, 10.0, 1.0)]);
        assert_eq!(curve.knee, Some(64));
        let sentence = curve.sentence(Axis::Concurrency, 2);
        assert!(sentence.contains("knee at 64") && sentence.contains("processor limits: 95 %"), "{sentence}");
    }

    #[test]
    fn no_knee_is_claimed_at_an_end_of_what_was_tried() {
        for points in [
            [(1, 1_000.0, 990.0, 0.1), (8, 130.0, 125.0, 0.5), (64, 52.0, 16.0, 0.95)],
            [(1, 50.0, 45.0, 0.1), (8, 51.0, 45.0, 0.5), (64, 52.0, 45.0, 0.95)],
        ] {
            let curve = curve(&points);
            assert_eq!(curve.knee, None);
            let sentence = curve.sentence(Axis::Concurrency, 2);
            assert!(sentence.contains("no knee between 1 and 64") && !sentence.contains("beyond"), "{sentence}");
        }
    }

    #[test]
    fn a_curve_that_follows_its_bound_is_limited_by_the_longest_delay() {
        let curve = curve(&[(1, 1_000.0, 990.0, 0.1), (64, 105.0, 100.0, 0.2), (512, 104.0, 100.0, 0.2)]);
        assert!(curve.sentence(Axis::Concurrency, 2).contains("the longest is not"));
    }
}
