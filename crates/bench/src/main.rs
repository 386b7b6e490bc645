//! `bench`: the strategies as child processes, side by side.

use std::process::ExitCode;

use bench::cli::{Cli, Command};
use bench::commands::{compare, goals, readme, report, run, sweep};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ending = match &cli.command {
        None => run::run(&cli.run),
        Some(Command::Goals(args)) => goals::run(args),
        Some(Command::Report { dir }) => report::run(dir),
        Some(Command::Sweep(args)) => sweep::run(args),
        Some(Command::Compare { old, new, results }) => compare::run(old, new.as_deref(), results.as_deref()),
        Some(Command::Readme { dir, file, check }) => readme::run(dir.as_deref(), file.as_deref(), *check),
    };
    match ending {
        Ok(ending) => ExitCode::from(ending.status()),
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::from(2)
        }
    }
}
