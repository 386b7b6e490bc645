//! The measuring process: what is to be measured, handed to the measuring core of `bench`.

use std::{env, fs, path::Path, process::ExitCode, thread, time::Duration};

use anyhow::{Context, Result, bail};
use bench::{
    analyse::summary::Summary,
    base::sanity::LONGEST_NAME,
    commands::{cancel_flag, command_line, run::measure_with},
    measure::{guard, run::Setup, scratch::Scratch},
    plan::{
        Match, Plan,
        contenders::Contender,
        workload::{Time, Work, Workload},
    },
    show::{report, terminal},
};
use clap::Parser;

use crate::{
    ASYNC,
    child::ARGUMENT,
    cli::{self, Cli},
    tasks::Written,
};

/// The time of all of it, by default.
const BUDGET: Duration = Duration::from_secs(30);

/// What the user's program is, whatever the type of its tasks.
pub struct Program<'a> {
    /// The strategies that can run them, the baseline first.
    pub strategies: Vec<&'static str>,
    /// Makes the list.
    pub write: Box<dyn FnOnce() -> Result<Written> + 'a>,
}

/// Measures as the command line says; the exit status.
pub fn run(program: Program) -> ExitCode {
    let status = match Cli::try_parse() {
        Ok(cli) => guarded(program, cli),
        Err(usage) => usage.print().context("failed to write to standard output").map(|()| usage.exit_code() as u8),
    };
    ExitCode::from(status.unwrap_or_else(|error| {
        terminal::say(&format!("error: {error:#}"));
        2
    }))
}

/// Measures under a guard, so that nothing outlives it.
fn guarded(program: Program, cli: Cli) -> Result<u8> {
    guard::hear_of_children()?;
    match guard::enter()? {
        Some(status) => Ok(status),
        None => measure(program, cli),
    }
}

fn measure(program: Program, cli: Cli) -> Result<u8> {
    if cli.common.bin.is_some() {
        bail!("--bin is for `scripts/bench`: this program measures itself");
    }
    let cancel = cancel_flag()?;
    let (chosen, notes) = choose(&program.strategies, &cli.only)?;
    let own_path = env::current_exe().context("failed to find out where this program lies")?;
    let file_name =
        own_path.file_name().and_then(|name| name.to_str()).context("this program has no name in Unicode")?;
    let (bin, results) = (own_path.parent().unwrap_or(Path::new("/")), cli.results());

    cli::keep(cli.own);
    let Written { count, bytes } = (program.write)()?;
    if let Some(word) = cli::unasked() {
        bail!("there is no argument '{word}': --help lists those that there are");
    }
    let scratch = Scratch::new()?;
    let list = scratch.path.join("list");
    fs::write(&list, bytes).with_context(|| format!("failed to write {}", list.display()))?;

    let workers = cli.workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    // Braces stand for themselves where they are doubled.
    let plain = |text: &str| text.replace('{', "{{").replace('}', "}}");
    let list = plain(list.to_str().context("the folder for temporary files has no name in Unicode: set TMPDIR")?);
    let contender = |name: &&str| {
        let program = format!("{{bin}}/{}", plain(file_name));
        let words = [program.as_str(), ARGUMENT, name, "{workers}", &list];
        Contender::own(name, words.map(String::from).to_vec())
    };
    let name = file_name.chars().take(LONGEST_NAME).collect();
    let workload = Workload { name, ..Workload::new(Work::Own { count, workers }, Time::Wall) };
    let plan = Plan {
        matches: vec![Match { workload, contenders: chosen.iter().map(contender).collect() }],
        baseline: Some(program.strategies[0].into()),
        budget: cli.common.budget.unwrap_or(BUDGET),
        // On a slower machine six rounds may take longer; a budget that somebody names is kept.
        most: cli.common.budget.unwrap_or(4 * BUDGET),
        rounds: cli.common.rounds,
        seed: cli.common.seed,
    };
    let setup = Setup {
        bin,
        source: Path::new("."),
        time_limit: cli.common.time_limit,
        command: command_line(file_name),
        keep_reports: true,
        notes,
        cancel,
    };
    let print = if cli.json { print_json } else { report::print_but };
    let ending = measure_with(&plan, setup, &results, &format!("-{file_name}"), print)?;
    Ok(ending.status())
}

/// The strategies that are measured, and what is to be said of those that cannot be.
fn choose(all: &[&'static str], only: &[String]) -> Result<(Vec<&'static str>, Vec<String>)> {
    let no_async = !all.contains(&ASYNC);
    let why = format!(
        "There is no row for {ASYNC}: the tasks have no asynchronous form. Implement `AsyncWork` for them, and call \
         `compare_with_async`."
    );
    if let Some(name) = only.iter().find(|name| !all.contains(&name.as_str())) {
        if no_async && name == ASYNC {
            bail!("--only {name}: {why}");
        }
        bail!("--only {name}: the strategies are {}", all.join(", "));
    }
    let is_wanted =
        |place: usize, name: &str| place == 0 || only.is_empty() || only.iter().any(|wanted| wanted == name);
    let chosen = all.iter().copied().enumerate().filter(|(place, name)| is_wanted(*place, name));
    let notes = if no_async && only.is_empty() { vec![why] } else { Vec::new() };
    Ok((chosen.map(|(_, name)| name).collect(), notes))
}

fn print_json(summary: &Summary, _said: &[String]) -> Result<()> {
    terminal::print(&(serde_json::to_string_pretty(summary)? + "\n"))
}
