//! The lead of the page: the answer, its reason, and how far it holds, in a sentence each.

use crate::analyse::scaling::{Curve, Point, curves};
use crate::analyse::summary::{Row, Summary, Table};
use crate::base::numbers::{duration, percent, thousands, three_digits};
use crate::plan::strategies;
use crate::plan::workload::{Axis, Work};
use crate::record::basis::Basis;
use crate::show::headline::{faster, list, names};
use crate::show::{choice, map};

/// The sentences of the lead: three where something was compared.
pub fn sentences(summary: &Summary) -> Vec<String> {
    match (&summary.choice, &summary.map) {
        (Some(answer), _) => choice::paragraph(answer),
        (_, Some(map)) => map::sentences(map),
        _ if summary.run.sweep => sweep(summary),
        _ => run(summary),
    }
}

/// That of a run is about the server that waits, if it was measured: there the strategies matter most.
fn run(summary: &Summary) -> Vec<String> {
    let compared = || summary.workloads.iter().filter(|table| table.contenders().any(|row| row.ratio.is_some()));
    let table = compared().find(|table| table.recorded.delays_us.is_some()).or_else(|| compared().next());
    let found = table.and_then(|table| Some((table, table.baseline(summary.run.baseline.as_deref())?)));
    let Some((table, base)) = found else {
        return vec!["Nothing was compared: no round, or no baseline that answered right.".into()];
    };
    vec![answer(table, base), reason(table, summary), certainty(table, base)]
}

fn answer(table: &Table, base: &Row) -> String {
    let title = table.title.split(", at most").next().unwrap_or_default();
    let took = format!("For {title}, {} needs {}{}", base.contender, duration(base.time_us), base.basis.suffix());
    let faster = in_its_order(table);
    if faster.is_empty() {
        return format!("{took}, and nothing else was surely faster.");
    }
    let names = names(&faster);
    let need = if faster.len() == 1 { "needs" } else { "need" };
    let times = span(faster.iter().map(|row| row.time_us), duration);
    format!("{took}; {names} {need} {times}, {} × as fast.", factors(&faster))
}

/// Those that are faster, in the order of the table.
fn in_its_order(table: &Table) -> Vec<&Row> {
    let faster = faster(table).concat();
    table.contenders().filter(|row| faster.iter().any(|one| one.contender == row.contender)).collect()
}

/// By how much these are faster, as a factor over 1.
fn factors(rows: &[&Row]) -> String {
    span(rows.iter().filter_map(|row| Some(1.0 / row.ratio.as_ref()?.median)), three_digits)
}

/// The smallest and the largest of some values; one if they look the same.
fn span(values: impl Iterator<Item = f64>, say: fn(f64) -> String) -> String {
    let (low, high) = values.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), v| (low.min(v), high.max(v)));
    let [low, high] = [say(low), say(high)];
    if low == high { low } else { format!("{low} to {high}") }
}

/// Why it is so, with what the other kinds of work show.
fn reason(table: &Table, summary: &Summary) -> String {
    let cores = summary.run.environment.cores;
    match &table.recorded.workload.work {
        Work::Flags { delay: Some(_), .. } => {
            let sum = table.recorded.delays_us.map(|us| format!(" to {}", duration(us as f64))).unwrap_or_default();
            let waits = format!(
                "The reason: nearly all of that time is waiting for the server, and waits that follow each other add up{sum}, while \
                 waits at the same time overlap"
            );
            format!("{waits}{}.", contrast(summary))
        }
        Work::Flags { .. } => format!(
            "The reason: this server answers at once, so that there is little waiting to overlap, and what is left is work, which \
             the {cores} cores share among the program and the server."
        ),
        Work::Primes { .. } => {
            format!("The reason: this is computing, and no more of it can run at the same time than there are cores, here {cores}.")
        }
        Work::Own { .. } => match table.baseline(summary.run.baseline.as_deref()) {
            Some(base) => format!(
                "Where to look for the reason: one by one, the work was on a core for {} of its time; the rest is waiting, which can overlap unless it is for a core, \
                 while no more computing can run at the same time than there are cores, here {cores}.",
                percent((base.cpu_us() / base.wall_us).min(1.0))
            ),
            None => String::new(),
        },
        Work::Sqrt { .. } => {
            "The reason: a square root takes less time than handing it to another worker, so that this shows what a task costs.".into()
        }
    }
}

/// What computing gained, beside what waiting did.
fn contrast(summary: &Summary) -> String {
    let primes = summary.workloads.iter().find(|table| matches!(table.recorded.workload.work, Work::Primes { .. }));
    let faster = |table: &Table| -> Option<String> {
        let rows = in_its_order(table);
        (!rows.is_empty()).then(|| factors(&rows))
    };
    primes
        .and_then(faster)
        .map(|factor| {
            format!(
                "; computing cannot overlap beyond the {} cores, and gains {factor} ×",
                summary.run.environment.cores
            )
        })
        .unwrap_or_default()
}

fn certainty(table: &Table, base: &Row) -> String {
    let why = match base.basis {
        Basis::Rounds => None,
        Basis::OneRun => Some("had one run only"),
        Basis::Computed => Some("was computed and not run"),
    };
    if let Some(why) = why {
        return format!(
            "How sure: measured on this one machine, where the budget of time did not pay for more: {} {why}, so that what is compared \
             with it has no interval.",
            base.contender
        );
    }
    format!(
        "How sure: measured in {} rounds on this one machine, where for this work a difference within {} counts as noise; an order among the \
         strategies is said below only where it is sure.",
        base.times_us.len(),
        percent(table.noise_band)
    )
}

/// That of a sweep: what more at once does, where the knee is if there is one, and what it costs.
fn sweep(summary: &Summary) -> Vec<String> {
    let curves: Vec<Curve> =
        curves(summary, Axis::Concurrency).into_iter().filter(|curve| curve.points.len() > 1).collect();
    if curves.is_empty() {
        return vec!["Only one number of requests at once was tried: there is no curve to speak of.".into()];
    }
    vec![gain(&curves), knees(&curves), costs(&curves)]
}

fn best(curve: &Curve) -> &Point {
    curve.points.iter().min_by(|a, b| a.time_us.total_cmp(&b.time_us)).unwrap_or(&curve.points[0])
}

fn gain(curves: &[Curve]) -> String {
    let one = |curve: &Curve| {
        let (first, best) = (&curve.points[0], best(curve));
        let [from, to] = [first.value, best.value].map(|value| thousands(value as u64));
        let [slow, fast] = [first.time_us, best.time_us].map(duration);
        if best.value == first.value {
            return format!("{} no faster than with {from} ({slow})", curve.contender);
        }
        let factor = three_digits(first.time_us / best.time_us);
        format!("{} gets {factor} × as fast ({fast} with {to} instead of {slow} with {from})", curve.contender)
    };
    format!("With more requests at once, {}.", list(&curves.iter().map(one).collect::<Vec<_>>()))
}

fn knees(curves: &[Curve]) -> String {
    let with: Vec<String> = curves
        .iter()
        .filter_map(|curve| Some(format!("{} for {}", thousands(curve.knee? as u64), curve.contender)))
        .collect();
    let without: Vec<String> =
        curves.iter().filter(|curve| curve.knee.is_none()).map(|curve| curve.contender.clone()).collect();
    let [first, last] = [curves[0].points.first(), curves[0].points.last()]
        .map(|point| thousands(point.map_or(0, |point| point.value) as u64));
    let knee = match (with.is_empty(), without.is_empty()) {
        (true, _) => format!("No knee was found between {first} and {last}: the best is at an end of what was tried"),
        (_, true) => format!("The knee, beyond which more at once gains less than a tenth, is at {}", list(&with)),
        _ => format!(
            "The knee, beyond which more at once gains less than a tenth, is at {}; {} shows none between {first} and {last}",
            list(&with),
            list(&without)
        ),
    };
    let slower: Vec<String> = curves.iter().filter_map(slower_at_last).collect();
    let too_many = if slower.is_empty() { String::new() } else { format!("; with {last}, {}", list(&slower)) };
    format!("{knee}{too_many}.")
}

/// How much slower the last point is than the best, where not one of its rounds was as fast as the slowest of the best.
fn slower_at_last(curve: &Curve) -> Option<String> {
    let (best, last) = (best(curve), curve.points.last()?);
    let longer = three_digits(last.time_us / best.time_us);
    (last.range_us[0] > best.range_us[1]).then(|| format!("{} needs {longer} × its best time", curve.contender))
}

/// What the most at once costs.
fn costs(curves: &[Curve]) -> String {
    let most = curves.iter().filter_map(|curve| curve.points.last()).map(|point| point.value).max().unwrap_or(0);
    let one = |curve: &Curve| {
        let last = curve.points.last()?;
        let strategy = strategies::all().iter().find(|strategy| strategy.name == curve.contender);
        let limit = strategy.and_then(|strategy| strategy.at_most);
        let limit = limit
            .filter(|&limit| limit < most)
            .map(|limit| format!(", which has at most {limit},"))
            .unwrap_or_default();
        let memory = last.peak_kib.map(|kib| format!("{} MiB and ", three_digits(kib / 1024.0))).unwrap_or_default();
        Some(format!("{}{limit} needs {memory}{} switches", curve.contender, thousands(last.switches.round() as u64)))
    };
    let each: Vec<String> = curves.iter().filter_map(one).collect();
    format!("The costs differ more than the times: with {} at once, {}.", thousands(most as u64), list(&each))
}
