//! A sweep in words, and as a table: a line for each value, two columns for each strategy.

use crate::analyse::scaling::{Curve, FULL, Point, curves, tables};
use crate::analyse::summary::Summary;
use crate::base::numbers::{duration, percent, thousands, three_digits};
use crate::plan::workload::{Axis, Work, delay_words};
use crate::show::grid::{Grid, Head, Line};

/// What a sweep can vary.
pub const AXES: [Axis; 2] = [Axis::Concurrency, Axis::Items];

/// What is varied, and what is not, in words.
pub fn title(summary: &Summary, what: &str, axis: Axis) -> String {
    let Some((table, _)) = tables(summary, axis).next() else { return String::new() };
    let work = &table.recorded.workload.work;
    match (axis, work) {
        (Axis::Concurrency, Work::Flags { delay: Some(delay), .. }) => format!(
            "{what} against concurrency: {} flags from a server that waits {}",
            thousands(work.count() as u64),
            delay_words(delay)
        ),
        (_, Work::Flags { concurrency, .. }) => {
            format!("{what} against the number of flags: a fast server, at most {concurrency} at once")
        }
        _ => String::new(),
    }
}

/// The points along `axis` as a table: a line for each value, two columns for each strategy.
pub fn grid(summary: &Summary, axis: Axis) -> Option<Grid> {
    let curves = curves(summary, axis);
    let (second, goes) = if axis == Axis::Concurrency { ("of bound", Some(0)) } else { ("each", None) };
    let cells = |point: &Point| {
        let second = match point.bound_us {
            Some(bound) => percent(bound / point.time_us),
            None => duration(point.time_us / point.value as f64),
        };
        [duration(point.time_us) + &point.basis.suffix(), second]
    };
    let grid = paired(&curves, axis, Head { text: second.into(), goes }, cells)?;
    let cores = summary.run.environment.cores;
    let mut notes: Vec<String> =
        curves.iter().filter(|curve| curve.points.len() > 1).map(|curve| sentence(curve, axis, cores)).collect();
    notes.retain(|note| !note.is_empty());
    Some(Grid { title: title(summary, "Time", axis), notes, ..grid })
}

/// What the same points cost: memory, and context switches.
pub fn costs(summary: &Summary, axis: Axis) -> Option<Grid> {
    let cells = |point: &Point| {
        let memory = point.peak_kib.map_or_else(|| "not measured".into(), memory);
        [memory, thousands(point.switches.round() as u64)]
    };
    let grid = paired(&curves(summary, axis), axis, Head { text: "switches".into(), goes: None }, cells)?;
    Some(Grid { title: title(summary, "Memory and context switches", axis), ..grid })
}

/// Memory in the unit of the tables.
pub fn memory(kib: f64) -> String {
    format!("{} MiB", three_digits(kib / 1024.0))
}

/// A line for each value, and two cells in it for each strategy: under its name, and under `second`.
fn paired(curves: &[Curve], axis: Axis, second: Head, cells: impl Fn(&Point) -> [String; 2]) -> Option<Grid> {
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
    let pair = |curve: &Curve| [Head { text: curve.contender.clone(), goes: None }, second.clone()];
    let line = |value: &usize| {
        let at = |curve: &Curve| {
            let point = curve.points.iter().find(|point| point.value == *value);
            point.map_or_else(|| ["–".to_string(), "–".to_string()], &cells)
        };
        Line {
            cells: std::iter::once(thousands(*value as u64)).chain(curves.iter().flat_map(at)).collect(),
            control: false,
        }
    };
    Some(Grid {
        name: name.into(),
        title: String::new(),
        heads: std::iter::once(Head { text: unit.into(), goes: None }).chain(curves.iter().flat_map(pair)).collect(),
        lines: values.iter().map(line).collect(),
        notes: Vec::new(),
    })
}

/// What a curve says, in a sentence or two.
pub fn sentence(curve: &Curve, axis: Axis, cores: usize) -> String {
    let [Some(first), Some(last)] = [curve.points.first(), curve.points.last()] else { return String::new() };
    let name = &curve.contender;
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
    let Some(knee) = curve.points.iter().find(|point| Some(point.value) == curve.knee) else {
        let gained = three_digits(first.time_us / last.time_us);
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
        three_digits(first.time_us / knee.time_us),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::scaling::knee;

    fn curve(points: &[(usize, f64, f64, f64)]) -> Curve {
        let point = |&(value, time_us, bound, busy): &(usize, f64, f64, f64)| Point {
            basis: crate::record::basis::Basis::Rounds,
            value,
            time_us,
            range_us: [time_us, time_us],
            bound_us: Some(bound),
            peak_kib: None,
            switches: 0.0,
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
        let sentence = sentence(&curve, Axis::Concurrency, 2);
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
            let sentence = sentence(&curve, Axis::Concurrency, 2);
            assert!(sentence.contains("no knee between 1 and 64") && !sentence.contains("beyond"), "{sentence}");
        }
    }

    #[test]
    fn a_curve_that_follows_its_bound_is_limited_by_the_longest_delay() {
        let curve = curve(&[(1, 1_000.0, 990.0, 0.1), (64, 105.0, 100.0, 0.2), (512, 104.0, 100.0, 0.2)]);
        assert!(sentence(&curve, Axis::Concurrency, 2).contains("the longest is not"));
    }
}
