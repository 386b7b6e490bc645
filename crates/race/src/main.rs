//! `race`: each strategy alone on the same work, one after another, and then all of them side by side at the recorded speed; in the
//! terminal, or with `--web` in a page.
//!
//! | file | what it does |
//! |---|---|
//! | [`knobs`] | what is raced; the same words, with the same bounds, on the command line and in the page's address |
//! | [`race`] | runs the strategies' programs, and tells what happens as it happens |
//! | [`told`] | what there is to tell; what the programs say, read with care |
//! | [`places`] | who was first, with ties called ties |
//! | [`terminal`] | bars |
//! | [`web`] | the page, and the server behind it |
//!
//! What it deliberately does not do: it measures no more than a wall clock does, and keeps no record; `bench` does both. It links no
//! strategy. It talks to no other machine.

mod knobs;
mod places;
mod race;
mod terminal;
mod told;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use bench::commands::{bin, cancel_flag};
use bench::measure::guard;
use clap::Parser;

use crate::knobs::Knobs;

const EXIT_STATUS: &str = "\
Exit status: 0 it was raced; 1 a strategy did not finish; 2 usage, or it could not be raced; 130 interrupted.";

/// The strategies live: each alone on the same work, one after another; then all side by side, at the recorded speed.
#[derive(Debug, Parser)]
#[command(name = "race", bin_name = "scripts/race", version, after_help = EXIT_STATUS)]
struct Args {
    #[command(flatten)]
    knobs: Knobs,
    /// Leave out the replay.
    #[arg(long, conflicts_with = "web")]
    no_replay: bool,
    /// Show it in a page on this machine, whose address is printed, until Ctrl-C.
    #[arg(long)]
    web: bool,
    /// The port of the page [default: any that is free].
    #[arg(long, value_name = "PORT", requires = "web", default_value_t = 0, hide_default_value = true, value_parser = port)]
    port: u16,
    /// The folder of the programs [default: that of race itself].
    #[arg(long, value_name = "DIR")]
    bin: Option<PathBuf>,
}

fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("a whole number, 0 to {}", u16::MAX))
}

fn main() -> ExitCode {
    let args = Args::parse();
    ExitCode::from(run(&args).unwrap_or_else(|error| {
        eprintln!("race: {error:#}");
        2
    }))
}

/// Races; the exit status.
fn run(args: &Args) -> Result<u8> {
    guard::hear_of_children()?;
    if let Some(status) = guard::enter()? {
        return Ok(status);
    }
    let bin = bin(args.bin.as_deref())?;
    let cancel = cancel_flag()?;
    if args.web {
        web::serve(&args.knobs, args.port, bin, &cancel).context("failed to serve the page")?;
        return Ok(0);
    }
    terminal::run(&args.knobs, &bin, &cancel, !args.no_replay)
}
