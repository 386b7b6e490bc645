//! The command line, the same for every strategy's program.

use std::{
    io::{self, Write},
    process,
};

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};

use crate::{
    show::terminal,
    strategy::Strategy,
    workloads::{flags::FlagsArgs, futures::FuturesArgs, loiter::LoiterArgs, primes::PrimesArgs, sqrt::SqrtArgs},
};

const EXIT_STATUS: &str = "\
Exit status:
  0    every flag was downloaded or not found
  1    at least one error
  2    usage error
  3    the server could not be reached at all
  130  interrupted by Ctrl-C (143: by SIGTERM)";

const EXIT_STATUS_OF_TASKS: &str = "\
Exit status:
  0    every task gave its answer
  1    at least one did not
  2    usage error
  130  interrupted by Ctrl-C (143: by SIGTERM)";

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    workload: Workload,
}

/// What there is to do.
#[derive(Subcommand)]
pub enum Workload {
    /// Download flags for country codes. Default: top 20 countries by population.
    // Given again because a doc comment loses its last full stop, and the words are the chapter's.
    #[command(
        about = "Download flags for country codes. Default: top 20 countries by population.",
        after_help = EXIT_STATUS
    )]
    Flags(FlagsArgs),
    /// Check which of 20 numbers are prime: work for the processor.
    #[command(after_help = EXIT_STATUS_OF_TASKS)]
    Primes(PrimesArgs),
    /// Do nothing for a while in each task, to see in which order results come.
    #[command(after_help = EXIT_STATUS_OF_TASKS)]
    Loiter(LoiterArgs),
    /// Take 20 square roots, to see what an executor costs.
    #[command(after_help = EXIT_STATUS_OF_TASKS)]
    Sqrt(SqrtArgs),
    /// Show the futures of five downloads as they are scheduled and as they complete.
    Futures(FuturesArgs),
}

/// Reads the command line. On a usage error, or after `--help`, it ends the process, with status 2 or 0.
pub fn parse(strategy: &Strategy) -> Workload {
    use clap::FromArgMatches;
    let parsed = command(strategy).try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.unwrap_or_else(|error| end(&error)).workload
}

/// Prints what clap has to say, and ends the process. `clap::Error::exit` takes no notice of a help that could not be printed.
fn end(error: &clap::Error) -> ! {
    let printed = error.print().and_then(|()| io::stdout().flush());
    if !error.use_stderr() {
        terminal::check_printed(printed);
    }
    process::exit(error.exit_code())
}

impl Workload {
    fn name(&self) -> &'static str {
        match self {
            Self::Flags(_) => "flags",
            Self::Primes(_) => "primes",
            Self::Loiter(_) => "loiter",
            Self::Sqrt(_) => "sqrt",
            Self::Futures(_) => "futures",
        }
    }
}

/// Ends the process with a usage error of a workload, status 2.
pub fn usage_error(strategy: &Strategy, workload: &Workload, message: impl std::fmt::Display) -> ! {
    let mut command = command(strategy);
    command.build();
    command
        .find_subcommand_mut(workload.name())
        .expect("a subcommand of ours")
        .error(ErrorKind::ValueValidation, message)
        .exit()
}

fn command(strategy: &Strategy) -> clap::Command {
    let help = format!("maximum concurrent requests (default={})", strategy.profile.default_max_req);
    let all = Cli::command();
    clap::Command::new(strategy.profile.name)
        .bin_name(strategy.profile.name)
        .about(strategy.profile.about)
        .version(env!("SIDE_BY_SIDE_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(all.get_subcommands().cloned())
        .mut_subcommand("futures", |futures| futures.hide(strategy.show_futures.is_none()))
        .mut_subcommand("flags", |flags| flags.mut_arg("max_req", |arg| arg.help(help)))
        .mut_subcommand("sqrt", |sqrt| sqrt.mut_arg("waterfall", |arg| arg.hide(true)))
        .mut_subcommand("primes", |primes| {
            primes.mut_arg("on_runtime", |arg| arg.hide(!strategy.profile.has_event_loop))
        })
}
