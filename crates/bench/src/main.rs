//! `bench`: the strategies as child processes, side by side.

use std::process::ExitCode;

use bench::cli::{Cli, Command};
use bench::commands::{report, run};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ending = match &cli.command {
        None => run::run(&cli.run),
        Some(Command::Report { dir }) => report::run(dir),
        Some(_) => todo!(),
    };
    match ending {
        Ok(ending) => ExitCode::from(ending.status()),
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::from(2)
        }
    }
}
