//! A run: every workload with every strategy.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Result, bail};

use super::{Ending, bin, cancel_flag, command_line, results, top};
use crate::analyse::summary::{self, Summary};
use crate::commands::cli::{CommonArgs, RunArgs};
use crate::measure::nginx;
use crate::measure::run::{self, Setup};
use crate::plan::contenders::{self, Contender};
use crate::plan::left_out::leave_out;
use crate::plan::workload::{CHAPTER, Work, Workload, every_code, possible_codes};
use crate::plan::{Match, Plan};
use crate::record::environment::Environment;
use crate::record::folder::Folder;
use crate::show::progress::Progress;
use crate::show::{report, terminal};

/// The time of all of it, by default: on a slower machine six rounds may take up to twice as long.
const BUDGET: Duration = Duration::from_secs(100);
/// The rounds of `--quick`, whatever they take, unless it has a budget.
const QUICK_ROUNDS: usize = 6;

/// What is said where nginx is wanted and missing.
const NO_NGINX: &str = "nginx is not installed, and so the flags come from our own server: apt-get install nginx.";

/// Measures, and shows the table.
///
/// # Errors
/// Arguments that make no sense together, a missing program, a place that cannot be written to.
pub fn run(args: &RunArgs) -> Result<Ending> {
    let cancel = cancel_flag()?;
    let mut notes = Vec::new();
    let mut all = contenders::load(args.contenders.as_deref(), &top())?;
    all.retain(|one| (args.peers || !one.peer || one.chapter) && (args.floors || !one.floor));
    let mut workloads = workloads(args);
    if args.nginx {
        if nginx::program().is_some() {
            workloads.iter_mut().for_each(|one| one.work = one.work.clone().from_nginx());
        } else {
            notes.push(NO_NGINX.into());
        }
    }
    if args.quick && args.only.is_empty() {
        workloads.retain(|workload| !["sqrt", CHAPTER].contains(&workload.name.as_str()));
        notes.push("--quick leaves out sqrt and chapter: `--only` measures them.".into());
    }
    let matches = matches(&workloads, &all, args, &mut notes)?;
    let quick_rounds = (args.quick && args.common.budget.is_none()).then_some(QUICK_ROUNDS);
    let plan = Plan {
        matches,
        baseline: Some(args.baseline.clone()),
        budget: args.common.budget.unwrap_or(BUDGET),
        most: args.common.budget.unwrap_or(2 * BUDGET),
        rounds: args.common.rounds.or(quick_rounds),
        seed: args.common.seed,
    };
    measure(&plan, &args.common, "", &[], notes, cancel)
}

/// The workloads in the sizes that were asked for.
fn workloads(args: &RunArgs) -> Vec<Workload> {
    let mut workloads = Workload::defaults();
    for workload in &mut workloads {
        let Work::Flags { codes, copies, concurrency, delay, seed, .. } = &mut workload.work else {
            continue;
        };
        *concurrency = args.concurrency;
        *seed = args.common.seed;
        if workload.name == CHAPTER {
            continue;
        }
        let usual = codes.len() * *copies;
        if let Some(range) = delay {
            *range = args.delay.clone().unwrap_or_else(|| if args.quick { "4ms..40ms".into() } else { range.clone() });
            let count = args.delay_count.unwrap_or(usual);
            if count != usual {
                workload.work = Work::flags(count, &every_code(), *concurrency, delay.clone(), *seed);
            }
        } else if args.every {
            workload.work = Work::flags(676, &possible_codes(), *concurrency, None, *seed);
        } else {
            let count = args.count.unwrap_or(if args.quick { 970 } else { usual });
            workload.work = Work::flags(count, &every_code(), *concurrency, None, *seed);
        }
    }
    workloads
}

/// Who does what, the baseline first, as far as `--only` lets them and they can; `notes` say who cannot.
fn matches(workloads: &[Workload], all: &[Contender], args: &RunArgs, notes: &mut Vec<String>) -> Result<Vec<Match>> {
    let names: Vec<&str> = workloads.iter().map(|workload| workload.name.as_str()).collect();
    for only in &args.only {
        let (workload, strategy) = split_only(only, &names);
        let known = workload.is_none_or(|name| names.contains(&name))
            && strategy.is_none_or(|name| all.iter().any(|contender| contender.name == name));
        if !known {
            let strategies: BTreeSet<&str> = all.iter().map(|one| one.name.as_str()).collect();
            bail!(
                "--only {only}: the workloads are {}, and the strategies {}",
                names.join(", "),
                Vec::from_iter(strategies).join(", ")
            );
        }
    }
    let wanted = |workload: &Workload, contender: &Contender| {
        let is_shown = args.peers || !contender.peer || workload.name == CHAPTER;
        is_shown
            && (args.only.is_empty()
                || args.only.iter().any(|only| {
                    let (name, strategy) = split_only(only, &names);
                    name.is_none_or(|name| name == workload.name)
                        && (contender.name == args.baseline || strategy.is_none_or(|name| name == contender.name))
                }))
    };
    let matches = workloads.iter().map(|workload| {
        let mut contenders: Vec<Contender> =
            all.iter().filter(|one| one.does(workload) && wanted(workload, one)).cloned().collect();
        contenders.sort_by_key(|contender| contender.name != args.baseline);
        Match { workload: workload.clone(), contenders }
    });
    let mut matches: Vec<Match> = matches.filter(|one| !one.contenders.is_empty()).collect();
    let left_out = leave_out(&mut matches, &bin(args.common.bin.as_deref())?);
    // Ours alone have tables enough; and who names another baseline asks for another comparison.
    let is_chapter = |one: &Match| one.workload.name == CHAPTER;
    let has = |one: &Match, is: &dyn Fn(&Contender) -> bool| one.contenders.iter().any(is);
    matches.retain(|one| {
        !is_chapter(one)
            || (has(one, &|contender| contender.chapter) && has(one, &|contender| contender.name == args.baseline))
    });
    if matches.is_empty() {
        bail!("nothing is left to measure\n{}", left_out.join("\n"));
    }
    for Match { workload, contenders } in &matches {
        if contenders.first().is_none_or(|first| first.name != args.baseline) {
            let of_it = left_out.iter().filter(|line| line.contains(&args.baseline));
            let reasons: String = of_it.map(|line| format!("\n{line}")).collect();
            bail!("--baseline {}: no contender of that name does {}{reasons}", args.baseline, workload.name);
        }
        let mut names: Vec<&str> = contenders.iter().map(|contender| contender.name.as_str()).collect();
        names.sort();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            bail!("two contenders for {} are called {}: each needs a name of its own", workload.name, twice[0]);
        }
    }
    notes.extend(left_out);
    Ok(matches)
}

/// `primes`, `thread-pool` or `primes/thread-pool`.
fn split_only<'a>(only: &'a str, workloads: &[&str]) -> (Option<&'a str>, Option<&'a str>) {
    match only.split_once('/') {
        Some((workload, strategy)) => (Some(workload), Some(strategy)),
        None if workloads.contains(&only) => (Some(only), None),
        None => (None, Some(only)),
    }
}

/// Measures `plan`, keeps it in a new folder, and shows it. `suffix` tells the folder of a sweep from that of a run; `asked` are files,
/// by their names, that stand in the folder from the start.
///
/// # Errors
/// A missing program, a place that cannot be written to, a server that does not start.
pub fn measure(
    plan: &Plan,
    common: &CommonArgs,
    suffix: &str,
    asked: &[(&str, String)],
    notes: Vec<String>,
    cancel: Arc<AtomicBool>,
) -> Result<Ending> {
    let bin = bin(common.bin.as_deref())?;
    let source = top();
    let place = |environment: &Environment| {
        let folder = Folder::create(&results(common.results.as_deref()), &environment.folder_name(suffix))?;
        asked.iter().try_for_each(|(name, text)| folder.write(name, text))?;
        Ok(folder)
    };
    measure_in(plan, setup(plan, common, &bin, &source, notes, cancel), place, report::print_but)
}

/// Measures `plan`, keeps it in a new folder in `results`, and shows it by `print`, which is told what was said before.
///
/// # Errors
/// A missing program, a place that cannot be written to, a server that does not start.
pub fn measure_with(
    plan: &Plan,
    setup: Setup,
    results: &Path,
    suffix: &str,
    print: fn(&Summary, &[String]) -> Result<()>,
) -> Result<Ending> {
    let place = |environment: &Environment| Folder::create(results, &environment.folder_name(suffix));
    measure_in(plan, setup, place, print)
}

/// The same in the folder that `place` makes.
fn measure_in(
    plan: &Plan,
    setup: Setup,
    place: impl FnOnce(&Environment) -> Result<Folder>,
    print: fn(&Summary, &[String]) -> Result<()>,
) -> Result<Ending> {
    let notes = setup.notes.clone();
    notes.iter().for_each(|note| terminal::say(note));
    let (folder, interrupted) = with_progress(plan, setup, place)?;
    let shown = summary::read(&folder).and_then(|summary| {
        // First the table, in case that there is no room for the files.
        let shown = print(&summary, &notes);
        report::write(&folder, &summary)?;
        report::say_where(&folder);
        shown?;
        Ok(summary)
    });
    let interrupted = interrupted?;
    let summary = shown?;
    Ok(match () {
        () if !summary.wrong.is_empty() => Ending::Wrong,
        () if interrupted => Ending::Interrupted,
        () => Ending::Right,
    })
}

/// Measures `plan` as the command line says, with a progress line, and keeps it in the folder that `place` makes.
///
/// # Errors
/// Those of the measuring core.
pub(super) fn keep(
    plan: &Plan,
    common: &CommonArgs,
    place: impl FnOnce(&Environment) -> Result<Folder>,
    notes: Vec<String>,
    cancel: Arc<AtomicBool>,
) -> Result<(Folder, Result<bool>)> {
    let bin = bin(common.bin.as_deref())?;
    let source = top();
    with_progress(plan, setup(plan, common, &bin, &source, notes, cancel), place)
}

/// What a measurement of bench itself needs.
fn setup<'a>(
    plan: &Plan,
    common: &CommonArgs,
    bin: &'a Path,
    source: &'a Path,
    notes: Vec<String>,
    cancel: Arc<AtomicBool>,
) -> Setup<'a> {
    Setup {
        bin,
        source,
        time_limit: common.time_limit,
        command: command_line("scripts/bench"),
        // The goals have no picture.
        keep_reports: plan.baseline.is_some(),
        notes,
        cancel,
    }
}

fn with_progress(
    plan: &Plan,
    setup: Setup,
    place: impl FnOnce(&Environment) -> Result<Folder>,
) -> Result<(Folder, Result<bool>)> {
    let mut progress = Progress::new();
    let measured = run::measure(plan, setup, place, &mut progress);
    progress.clear();
    measured
}
