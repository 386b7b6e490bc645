//! A run of `primes`: from its arguments to the exit status, with what it prints.

use std::{cmp::Reverse, fmt::Write, thread, time::Duration};

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::{NUMBERS, Recorder, Sample, Settings, ceiling::Ceiling};
use crate::{
    Cancel, Clock, Strategy,
    cli::{at_least_one, usage_error},
    output::OutputArgs,
    program,
    report::plural,
    terminal,
};

/// The arguments of `primes`.
#[derive(Args)]
pub struct PrimesArgs {
    /// how many numbers to check at a time (default: one per CPU)
    #[arg(value_name = "WORKERS", value_parser = at_least_one)]
    workers: Option<usize>,

    /// check these numbers instead of the chapter's 20
    #[arg(short, long, value_name = "N", num_args = 1..)]
    numbers: Vec<u64>,

    /// the order of submission (default: descending with --map, as the chapter's proc_pool; else given, as its procs)
    #[arg(long, value_enum, hide_possible_values = true, value_name = "descending|ascending|given")]
    order: Option<Order>,

    /// give the results in the order of submission, as they are mapped, and not as they complete
    #[arg(long)]
    map: bool,

    /// compute on the event loop itself, to see what that does to it (async-tasks only)
    #[arg(long)]
    on_runtime: bool,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Order {
    Descending,
    Ascending,
    Given,
}

impl Order {
    fn apply(self, numbers: &mut [u64]) {
        match self {
            Self::Descending => numbers.sort_by_key(|number| Reverse(*number)),
            Self::Ascending => numbers.sort(),
            Self::Given => {}
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Descending => "descending",
            Self::Ascending => "ascending",
            Self::Given => "given",
        }
    }
}

/// Checks the numbers, and reports.
pub(crate) fn run(strategy: &Strategy, args: &PrimesArgs) -> anyhow::Result<u8> {
    if args.on_runtime && !strategy.has_event_loop {
        usage_error(strategy, "primes", format!("--on-runtime: {} has no event loop", strategy.name));
    }
    let cancel = Cancel::on_signals(|words| eprintln!("\n{words}")).context("failed to install the signal handlers")?;
    let output = args.output.open()?;
    let order = args.order.unwrap_or(if args.map { Order::Descending } else { Order::Given });
    let mut numbers = if args.numbers.is_empty() { NUMBERS.to_vec() } else { args.numbers.clone() };
    order.apply(&mut numbers);
    let workers = args.workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    let workers = workers.min(strategy.largest_max_req);
    let loud = !args.output.json;
    if loud {
        terminal::print(&heading(strategy, numbers.len(), workers));
    }

    let clock = Clock::start();
    let settings = Settings { numbers, workers, map: args.map, on_runtime: args.on_runtime, clock };
    let show = move |_, sample: &Sample| _ = loud.then(|| terminal::print(&line(sample)));
    let mut recorder = Recorder::new(show, cancel.clone(), clock);
    (strategy.check_many)(&settings, &cancel, &mut recorder)?;
    let elapsed = clock.elapsed();

    if loud {
        terminal::print(&closing(strategy, &settings, &recorder, elapsed));
    }
    let knobs = json!({
        "workers": workers,
        "order": order.name(),
        "map": args.map,
        "on_runtime": args.on_runtime,
        "numbers": settings.numbers,
    });
    let asked = (settings.numbers.len(), elapsed);
    let name = |answer: &super::Checked| if answer.prime { "prime" } else { "composite" };
    let record = recorder.record_of(strategy, "primes", knobs, asked, name);
    output.write(&record)?;
    Ok(program::status(&cancel, &record))
}

/// `Checking 20 numbers with 12 processes:`
fn heading(strategy: &Strategy, count: usize, workers: usize) -> String {
    let (numbers, how) = (plural(count as u64, "number"), strategy.how(workers));
    format!("Checking {numbers} {how}:\n")
}

/// `9999999999999917  P  4.021536s`
fn line(sample: &Sample) -> String {
    let number = sample.task;
    match &sample.answer {
        Ok(answer) => {
            let label = if answer.prime { 'P' } else { ' ' };
            format!("{number:16}  {label} {:9.6}s\n", sample.duration().as_secs_f64())
        }
        Err(failure) => format!("{number:16}  error: {failure}\n"),
    }
}

/// The chapter's last line, and ours under it.
fn closing(strategy: &Strategy, settings: &Settings, recorder: &Recorder, elapsed: Duration) -> String {
    let (asked, samples, seconds) = (settings.numbers.len(), recorder.samples(), elapsed.as_secs_f64());
    let checks = samples.iter().filter(|sample| sample.answer.is_ok()).count();
    let mut text = match settings.map {
        true => format!("Total time: {seconds:.2}s\n"),
        false => format!("{} in {seconds:.2}s\n", plural(checks as u64, "check")),
    };
    // Writing to a String cannot fail.
    if checks < asked {
        _ = writeln!(text, "{} not checked.", plural((asked - checks) as u64, "number"));
    }
    if let Some(ceiling) = Ceiling::of(settings, samples) {
        let how = strategy.how(settings.workers);
        let cpus = ceiling.cpus.map(|cpus| format!(" on {}", plural(cpus as u64, "CPU"))).unwrap_or_default();
        let (work, longest, best) =
            (ceiling.work.as_secs_f64(), ceiling.longest.as_secs_f64(), ceiling.best.as_secs_f64());
        _ = writeln!(text, "\nTotal work: {work:.3}s, the longest task: {longest:.3}s.");
        _ = writeln!(text, "Best possible {how}{cpus} in this order: {best:.3}s.");
        if !ceiling.best.is_zero() {
            _ = writeln!(text, "Reached: {seconds:.3}s, {:.2} times the best possible.", seconds / best);
        }
    }
    for note in recorder.notes() {
        _ = writeln!(text, "{note}");
    }
    text
}
