//! `bench`: the strategies as child processes, side by side.

use std::process::ExitCode;

use anyhow::{Context, Result};
use bench::commands::cli::{Cli, Command};
use bench::commands::{choose, compare, goals, map, readme, replay, report, run, sweep};
use bench::measure::guard;
use bench::show::terminal;
use clap::Parser;

fn main() -> ExitCode {
    let status = match Cli::try_parse() {
        Ok(cli) => run(&cli),
        Err(usage) => print(&usage),
    };
    ExitCode::from(status.unwrap_or_else(|error| {
        terminal::say(&format!("bench: {error:#}"));
        2
    }))
}

/// Does what the command line says; the exit status.
fn run(cli: &Cli) -> Result<u8> {
    guard::hear_of_children()?;
    if cli.measures()
        && let Some(status) = guard::enter()?
    {
        return Ok(status);
    }
    let ending = match &cli.command {
        None => run::run(&cli.run),
        Some(Command::Choose(args)) => choose::run(args),
        Some(Command::Goals(args)) => goals::run(args),
        Some(Command::Map(args)) => map::run(args),
        Some(Command::Report { dir }) => report::run(dir),
        Some(Command::Replay { dir, out }) => replay::run(dir, out.as_deref()),
        Some(Command::Sweep(args)) => sweep::run(args),
        Some(Command::Compare { old, new, results }) => compare::run(old, new.as_deref(), results.as_deref()),
        Some(Command::Readme { dir, file, check }) => readme::run(dir.as_deref(), file.as_deref(), *check),
    };
    Ok(ending?.status())
}

/// Prints the help, the version, or what is wrong with the command line; the exit status.
fn print(usage: &clap::Error) -> Result<u8> {
    usage.print().context("failed to write to standard output")?;
    Ok(usage.exit_code() as u8)
}
