//! The sentences around the table: what it shows first, and what it cannot say.

use crate::analyse::summary::{Row, Summary, Table};
use crate::base::numbers::{duration, percent, speed, thousands, three_digits};
use crate::plan::workload::{CHAPTER, Time, Work};
use crate::record::basis::Basis;
use crate::show::headline::{headline, list, names};

/// A share of all cores above which the machine is full, and a strategy can only win by needing less processor.
const FULL: f64 = 0.85;
/// A band of noise above which the whole table is in doubt.
pub const LOUD: f64 = 0.2;

/// What the times of a table are those of: it is the same for all of its rows.
pub fn kind_of_time(table: &Table) -> &'static str {
    match table.recorded.workload.time {
        Time::Wall => "times of the whole process",
        Time::Inside => "times inside main",
    }
}

/// A sentence's beginning.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The sentences below a table: its bound, its noise, and what stands in the way of a conclusion.
pub fn below(table: &Table, summary: &Summary) -> Vec<String> {
    let headline = summary.run.baseline.as_deref().map(|baseline| capital(&headline(table, baseline)) + ".");
    let mut notes = vec![headline.unwrap_or_default()];
    notes.extend(without_rounds(table, summary));
    notes.extend([bound(table), overhead(table, summary), noise(table, summary)]);
    if table.recorded.workload.time == Time::Inside {
        let loops = "The time is that of one loop inside of main, which is repeated for a fifth of a second: what the whole \
                     process needs of processor and switches says nothing about it.";
        notes.push(loops.into());
    }
    if table.recorded.workload.name == CHAPTER {
        let start =
            "The start of Python, and what it imports, are in its times, as they are when one runs its programs.";
        notes.push(start.into());
    }
    notes.extend(memory_of_outsiders(table));
    notes.extend(leavers(table));
    notes.extend(full(table, summary.run.environment.cores));
    for wrong in summary.wrong.iter().filter(|wrong| wrong.workload == table.recorded.workload.name) {
        notes.push(format!(
            "{} has no times: in round {} its answer was wrong: {}.",
            wrong.contender, wrong.round, wrong.reason
        ));
    }
    notes.into_iter().filter(|note| !note.is_empty()).collect()
}

/// Whose times rest on less than all rounds, and what that means.
fn without_rounds(table: &Table, summary: &Summary) -> Vec<String> {
    let of = |basis| table.contenders().filter(|row| row.basis == basis).collect::<Vec<&Row>>();
    let (once, computed) = (of(Basis::OneRun), of(Basis::Computed));
    let mut notes = Vec::new();
    if !computed.is_empty() {
        let tasks = table.recorded.workload.work.count() as f64;
        let each =
            computed.iter().find_map(|row| Some((row.time_us - row.bound_us?) / tasks)).filter(|each| *each >= 0.01);
        let each =
            each.map(|each| format!(", and {} for each, which is what one took on the fast server", duration(each)));
        notes.push(format!(
            "Computed, not measured: {}. One run would have broken the budget; its time is that of the server's own delays, as its workers \
             would wait for them{}. It can only take longer.",
            names(&computed),
            each.unwrap_or_default()
        ));
    }
    if !once.is_empty() {
        notes.push(format!(
            "Run once, because the budget pays for no more, and so without an interval: {}.",
            names(&once)
        ));
    }
    let base = table.baseline(summary.run.baseline.as_deref()).filter(|row| row.basis != Basis::Rounds);
    if let Some(base) = base {
        notes.push(format!(
            "What is compared with {} has a ratio of two times here, and no interval and no verdict.",
            base.contender
        ));
    }
    notes
}

fn bound(table: &Table) -> String {
    let best = table
        .contenders()
        .filter(|row| row.bound_us.is_some() && row.was_run())
        .min_by(|a, b| a.time_us.total_cmp(&b.time_us));
    let Some((best, bound)) = best.and_then(|row| Some((row, row.bound_us?))) else {
        return String::new();
    };
    let reached = best.efficiency().map(percent).unwrap_or_default();
    let workers = table.recorded.contenders.iter().find(|one| one.name == best.contender).map_or(1, |one| one.workers);
    let name = &best.contender;
    let workers = if workers == 1 { "1 worker".into() } else { format!("{} workers", thousands(workers as u64)) };
    match (&table.recorded.workload.work, table.ceiling) {
        (Work::Primes { .. }, Some(ceiling)) => {
            let total = table.contenders().filter_map(|row| row.bound_us).fold(0.0, f64::max);
            format!(
                "The ceiling: the largest number alone keeps any machine under {} × one by one; {workers} can \
                 reach {} × ({}), and {name} reaches {reached} of that.",
                three_digits(ceiling),
                three_digits(total / bound),
                duration(bound),
            )
        }
        _ => format!(
            "The bound: the server's own delays, dealt to {workers} as they become free, take {}; {name} \
             reaches {reached} of that.",
            duration(bound)
        ),
    }
}

/// What a request costs beyond its delay when nothing else runs.
fn overhead(table: &Table, summary: &Summary) -> String {
    let one_by_one = table
        .baseline(summary.run.baseline.as_deref())
        .filter(|row| row.was_run())
        .filter(|row| table.recorded.contenders.iter().any(|one| one.name == row.contender && one.workers == 1));
    let count = table.recorded.workload.work.count() as f64;
    match one_by_one.and_then(|row| Some((row.time_us - table.recorded.delays_us? as f64) / count)) {
        Some(each) if each > 0.0 => format!(
            "One by one, a request takes {} more than its delay: its own work, the server's timer, which ticks in \
             milliseconds and is never early, and whatever else the machine does.",
            duration(each)
        ),
        _ => String::new(),
    }
}

fn noise(table: &Table, summary: &Summary) -> String {
    let Some(control) = table.rows.iter().find(|row| row.control) else {
        return String::new();
    };
    let Some(ratio) = &control.ratio else {
        return String::new();
    };
    let band = percent(table.noise_band);
    let rounds = ratio.values.len();
    if ratio.interval.is_none() {
        return format!(
            "{rounds} rounds are too few for an interval, so that every verdict is unclear: six are the least."
        );
    }
    let doubt = if table.noise_band > LOUD { " That is loud: run it again on a quieter machine." } else { "" };
    let pressure =
        control.pressure.map(|share| format!(", and for {share:.0} % of the time something waited for a core"));
    format!(
        "The noise: over {rounds} rounds {} against itself came out at {}: a difference within {band} is none. The \
         machine's load was {:.1}{}.{doubt}",
        summary.run.baseline.as_deref().unwrap_or("the baseline"),
        speed(ratio.median, ratio.interval),
        control.load,
        pressure.unwrap_or_default()
    )
}

/// Whose memory is not what they say themselves.
fn memory_of_outsiders(table: &Table) -> Option<String> {
    let seen: Vec<String> =
        table.contenders().filter(|row| row.peak_from_outside).map(|row| row.contender.clone()).collect();
    (!seen.is_empty()).then(|| {
        format!("The memory of {} was seen from outside, every 2 ms of round 0: it may have had more.", list(&seen))
    })
}

/// Who did not tidy up.
fn leavers(table: &Table) -> impl Iterator<Item = String> {
    table.contenders().filter(|row| row.left_behind > 0).map(|row| {
        format!(
            "{} left {} processes behind over {} runs. They were ended; what they did is in none of its figures.",
            row.contender,
            thousands(row.left_behind),
            thousands(row.runs as u64)
        )
    })
}

/// Says where the cores were full, and how much of that was the server.
fn full(table: &Table, cores: usize) -> Vec<String> {
    table
        .contenders()
        .filter_map(|row| {
            let server = row.server_cpu_us?;
            let capacity = row.wall_us * cores as f64;
            let busy = (row.cpu_us() + server) / capacity;
            if busy < FULL && server / row.wall_us >= FULL {
                let share = percent(server / row.wall_us);
                return Some(format!("{}: the server kept a core busy for {share} of the time.", row.contender));
            }
            (busy >= FULL).then(|| {
                format!(
                    "{}: {} of all {cores} cores were busy, {} with the server: it is the machine that limits here.",
                    row.contender,
                    percent(busy.min(1.0)),
                    percent(server / capacity)
                )
            })
        })
        .collect()
}

/// What no table of this kind can say.
pub fn limits(summary: &Summary) -> Vec<String> {
    let environment = &summary.run.environment;
    let own = summary.is_of_own_work();
    let what = if own { "this list of tasks" } else { "the loopback instead of a network" };
    let mut limits = vec![format!(
        "One machine of {} cores, {what}, seed {}, this build: elsewhere the figures differ, and the order may.",
        environment.cores, summary.run.seed
    )];
    if own {
        let start = "Each run is a process of its own: a start of the program is in every time, with all strategies in its file, the reading \
                     of its list and the writing of its answers. The runs before it have filled the caches: it is a warm machine that is \
                     measured.";
        limits.push(start.into());
    }
    if summary.run.baseline.is_some() {
        let each = "Several strategies are compared with one baseline: each interval holds for its own row alone. An order among \
                    them is said only where all of their pairs together are sure of it.";
        limits.push(each.into());
    }
    match environment.profile.as_str() {
        "release" => {}
        "unknown" => limits.push("How the programs were built is not known: they are not those beside bench.".into()),
        profile => {
            let slower = "slower than a release, and not by the same factor";
            limits.push(format!("The programs are a {profile} build: {slower}."));
        }
    }
    if environment.load[0] > 0.5 * environment.cores as f64 {
        limits.push(format!("The machine was busy before the run began: load {:.2}.", environment.load[0]));
    }
    limits.extend(summary.notes.iter().cloned());
    limits
}

/// The knobs of a run on one line.
pub fn knobs(summary: &Summary) -> String {
    let rounds = match summary.run.rounds {
        None | Some(0) => "no round".into(),
        Some(rounds) => format!("{rounds} rounds"),
    };
    format!(
        "{rounds} in {} s, seed {}; made by: {}",
        thousands(summary.run.budget_s.round() as u64),
        summary.run.seed,
        summary.run.command
    )
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::analyse::summary::summarise;
    use crate::plan::workload::Workload;
    use crate::record::environment::Environment;
    use crate::record::run::{Record, RecordedContender, RecordedWorkload};
    use crate::record::sample::Sample;

    /// Nine rounds of three contenders whose times alternate, in microseconds, beside a baseline of 10 ms.
    pub(crate) fn summary_of(times: [[u64; 2]; 3]) -> Summary {
        summary_beside(Basis::Rounds, times)
    }

    /// The same where the baseline has a run in every round, or only that of round 0, or none.
    pub(crate) fn summary_beside(basis: Basis, times: [[u64; 2]; 3]) -> Summary {
        let names = ["base", "a", "b", "c"];
        let contender = |name: &str| RecordedContender {
            name: name.into(),
            workers: 1,
            command: vec![name.into()],
            why: None,
            bound_us: (name == "base" && basis == Basis::Computed).then_some(10_000),
            basis: if name == "base" { basis } else { Basis::Rounds },
        };
        let recorded = RecordedWorkload {
            workload: Workload::new(Work::Sqrt { count: 20, workers: 2 }, Time::Wall),
            delays_us: None,
            repeats: 1,
            contenders: names.map(contender).to_vec(),
        };
        let environment = Environment::unknown();
        let record = Record {
            baseline: Some("base".into()),
            workloads: vec![recorded],
            ..Record::new("bench".into(), environment)
        };
        let mut samples = Vec::new();
        for round in 0..10 {
            let walls = [10_000].into_iter().chain(times.map(|times| times[round % 2])).chain([10_000]);
            let selves = names.iter().zip([false; 4]).chain([(&"base", true)]);
            samples.extend(selves.zip(walls).map(|((name, control), wall_us)| Sample {
                round,
                workload: "sqrt".into(),
                contender: (*name).into(),
                control,
                wall_us,
                ..Sample::default()
            }));
        }
        let is_there = |sample: &Sample| match basis {
            _ if sample.contender != "base" => true,
            Basis::Rounds => !(sample.round == 0 && sample.control),
            Basis::OneRun => sample.round == 0 && !sample.control,
            Basis::Computed => false,
        };
        samples.retain(is_there);
        summarise(&record, &samples)
    }

    #[test]
    fn what_was_not_run_in_every_round_is_said_below_the_table() {
        let times = [[1_000; 2], [2_000; 2], [20_000; 2]];
        let said = |basis| {
            let summary = summary_beside(basis, times);
            below(&summary.workloads[0], &summary).join(" ")
        };
        let computed = said(Basis::Computed);
        assert!(computed.contains("Computed, not measured: base.") && computed.contains("no verdict"), "{computed}");
        let once = said(Basis::OneRun);
        assert!(
            once.contains("Run once") && once.contains("compared with base") && !once.contains("omputed"),
            "{once}"
        );
        assert!(!said(Basis::Rounds).contains("no verdict"));
    }
}
