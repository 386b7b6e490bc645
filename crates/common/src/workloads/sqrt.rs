//! The workload `sqrt`: tasks so small that only the executor is measured, made and shut down each time.
//!
//! It is measured as Python's `%timeit` does it: as many loops in a row as make a measurement take a fifth of a second, and seven of
//! them.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::ensure;
use clap::{Args, Command};
use serde_json::json;

use crate::{
    profile::Profile,
    run::{Cancel, Clock, Recorder, Run, Start, Tally, TaskSample, UsageError},
    show::{output::OutputArgs, plural::plural, terminal},
    workloads::args::{EXIT_STATUS_OF_TASKS, HOW, WorkloadArgs, at_least_one},
};

/// A function that takes the roots of 0, 1, 2 and so on by an executor of its own, and adds them up.
pub type RootMany = fn(&Roots, &mut Run<Measurement>) -> anyhow::Result<f64>;

/// A number of loops in a row.
pub type Measurement = TaskSample<String, ()>;

/// How long one measurement takes, unless a single loop takes longer.
const MEASUREMENT: Duration = Duration::from_millis(200);

/// After this time no more measurements begin, unless they were asked for.
const LONGEST: Duration = Duration::from_secs(2);

/// The square roots of 0, 1, 2 and so on, and how they are taken.
#[derive(Clone, Copy, Debug)]
pub struct Roots {
    /// How many roots to take.
    pub tasks: usize,
    /// The most workers of a pool.
    pub workers: usize,
}

/// Takes one root; really, each time.
pub fn root(number: usize) -> f64 {
    black_box(number as f64).sqrt()
}

/// The arguments of `sqrt`.
#[derive(Args)]
pub struct SqrtArgs {
    /// take N square roots
    #[arg(short = 'n', long = "tasks", value_name = "N", default_value = "20", value_parser = at_least_one::<usize>)]
    #[arg(help_heading = "What to do")]
    tasks: usize,

    /// take them by up to N workers (sequential has none)
    #[arg(short, long, value_name = "N", default_value = "20", value_parser = at_least_one::<usize>, help_heading = HOW)]
    workers: usize,

    /// measure N times, 0.2 s each [default: 7, and no more than 2 s in all]
    #[arg(short, long, value_name = "N", value_parser = at_least_one::<usize>, help_heading = HOW)]
    repeat: Option<usize>,

    #[command(flatten)]
    output: OutputArgs,
}

impl WorkloadArgs for SqrtArgs {
    const NAME: &'static str = "sqrt";
    const ABOUT: &'static str = "Take 20 square roots, to see what an executor costs";

    fn adapt(command: Command, _: &Profile) -> Command {
        command.after_help(EXIT_STATUS_OF_TASKS).mut_arg("waterfall", |arg| arg.hide(true))
    }
}

/// Takes the roots again and again, and reports what one loop takes.
pub(crate) fn run(profile: &Profile, root_many: RootMany, args: &SqrtArgs, cancel: &Cancel) -> anyhow::Result<u8> {
    if args.output.waterfall() {
        let why = "--waterfall draws tasks one by one, and these are measured many at a time";
        return Err(UsageError::new(why).into());
    }
    // A loop is not divided: what is cut off in the middle of one was not measured.
    cancel.on_cut_off({
        let cancel = cancel.clone();
        move || {
            if let Some(signal) = cancel.requested() {
                signal.exit();
            }
        }
    });
    let output = args.output.open()?;
    let settings = Roots { tasks: args.tasks, workers: args.workers.min(profile.largest_max_req) };
    let expected: f64 = (0..settings.tasks).map(|number| (number as f64).sqrt()).sum();
    let take = |run: &mut Run<Measurement>, loops| -> anyhow::Result<()> {
        for _ in 0..loops {
            let sum = root_many(&settings, run)?;
            // Each in its place and added in the same order, so that the sum is the same to the last bit.
            ensure!(sum == expected, "the roots add up to {sum} and not to {expected}");
        }
        Ok(())
    };

    let starts = output.begin(profile.name, "sqrt", settings.tasks, settings.workers);
    let clock = Clock::start();
    let is_enough = |done| match args.repeat {
        Some(repeat) => done == repeat,
        None => done == 7 || (done > 0 && clock.elapsed() + MEASUREMENT / 2 > LONGEST),
    };
    let recorder = Recorder::new(settings.tasks, output.watch(Box::new(|_, _| ())), true, cancel.clone(), clock);
    let mut loops = 0;
    let mut finished = Run::new(cancel, recorder).perform(|run| {
        loops = enough_loops(|loops| take(run, loops))?;
        let mut done = 0;
        while !is_enough(done) && cancel.requested().is_none() {
            done += 1;
            let (task, start) = (format!("repeat {done}"), clock.micros());
            starts.tell(Start { task: &task, copy: 1, worker: 0, at: start });
            take(run, loops)?;
            run.sample(Measurement { task, answer: Ok(()), worker: 0, start, end: clock.micros() });
        }
        Ok(())
    })?;

    let repeat = finished.samples.len();
    let per_loop = finished.samples.iter().map(|taken| taken.duration().as_secs_f64() / f64::from(loops));
    let times = PerLoop::of(per_loop.collect());
    if let Some(times) = times.as_ref().filter(|_| !args.output.silent()) {
        terminal::print(&report(profile, settings, times, repeat, loops));
    }
    // Of one loop, as everything but the rows. Had a root not been right, we would not be here.
    let taken = if times.is_some() { settings.tasks as u64 } else { 0 };
    finished.tally = Tally { ok: taken, attempts: taken, ..Tally::new(settings.tasks) };
    finished.elapsed = times.map_or(Duration::ZERO, |times| Duration::from_micros((times.median * 1e6).ceil() as u64));
    let knobs = json!({"tasks": settings.tasks, "workers": settings.workers, "repeat": repeat, "loops": loops});
    output.write(&mut finished.record(profile.name, "sqrt", knobs))?;
    Ok(finished.status())
}

/// How many loops take about [`MEASUREMENT`]: doubled until a quarter of it is reached, which warms up as well.
fn enough_loops(mut take: impl FnMut(u32) -> anyhow::Result<()>) -> anyhow::Result<u32> {
    let mut loops: u32 = 1;
    loop {
        let start = Instant::now();
        take(loops)?;
        let taken = start.elapsed();
        if taken >= MEASUREMENT / 4 || loops > u32::MAX / 8 {
            let scale = MEASUREMENT.as_secs_f64() / taken.as_secs_f64();
            return Ok((f64::from(loops) * scale).round().max(1.0) as u32);
        }
        loops *= 2;
    }
}

/// What a loop takes, in seconds, over all measurements.
#[derive(Debug, PartialEq)]
struct PerLoop {
    median: f64,
    least: f64,
    most: f64,
}

impl PerLoop {
    /// `None`, if nothing was measured.
    fn of(mut times: Vec<f64>) -> Option<Self> {
        times.sort_by(f64::total_cmp);
        let (least, most) = (*times.first()?, *times.last()?);
        let middle = times.len() / 2;
        let median = if times.len() % 2 == 1 { times[middle] } else { f64::midpoint(times[middle - 1], times[middle]) };
        Some(Self { median, least, most })
    }
}

/// `143 µs per loop, 7.15 µs per task`, and how sure that is.
fn report(profile: &Profile, settings: Roots, times: &PerLoop, repeat: usize, loops: u32) -> String {
    let [median, least, most, task] =
        [times.median, times.least, times.most, times.median / settings.tasks as f64].map(words);
    let (tasks, how) = (plural(settings.tasks as u64, "square root"), profile.how(settings.workers));
    let each = plural(loops.into(), "loop");
    let included = if profile.worker.is_some() { ", start and end of the executor included" } else { "" };
    format!(
        "{tasks} {how}{included}:\n\
         {median} per loop, {task} per task\n\
         ({least} to {most} per loop; median and range of {repeat} x {each})\n"
    )
}

/// Seconds in the unit that suits them, three digits: `18.2 ms`.
fn words(seconds: f64) -> String {
    let (number, unit) = match seconds {
        s if s >= 1.0 => (s, "s"),
        s if s >= 1e-3 => (s * 1e3, "ms"),
        s if s >= 1e-6 => (s * 1e6, "µs"),
        s => (s * 1e9, "ns"),
    };
    let digits = if number >= 100.0 {
        0
    } else if number >= 10.0 {
        1
    } else {
        2
    };
    format!("{number:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        assert_eq!(PerLoop::of(vec![4.0, 1.0, 2.0, 3.0]), Some(PerLoop { median: 2.5, least: 1.0, most: 4.0 }));
        assert_eq!(PerLoop::of(vec![3.0, 1.0, 2.0]).unwrap().median, 2.0);
        assert_eq!(PerLoop::of(vec![]), None);
    }

    #[test]
    fn a_time_has_three_digits_and_the_unit_that_suits_it() {
        assert_eq!(
            [0.5471, 0.018, 1.43e-4, 7.154e-6, 2.1e-8, 12.34].map(words),
            ["547 ms", "18.0 ms", "143 µs", "7.15 µs", "21.0 ns", "12.3 s"]
        );
    }

    #[test]
    fn quick_loops_are_repeated_until_a_measurement_is_long_enough() {
        let mut all = 0;
        let loops = enough_loops(|loops| {
            all += loops;
            std::thread::sleep(Duration::from_millis(loops.into()));
            Ok(())
        });
        // A loop takes a millisecond, and what the machine adds to it.
        assert!((1..=200).contains(&loops.unwrap()));
        assert!(all >= 1);
    }
}
