//! The command line, the same for every strategy's program.

use std::{path::PathBuf, time::Duration};

use clap::{Args, CommandFactory, Parser, Subcommand, error::ErrorKind};

use crate::{Selection, Strategy, progress::Progress, site::Server};

const EXIT_STATUS: &str = "\
Exit status:
  0    every flag was downloaded or not found
  1    at least one error
  2    usage error
  3    the server could not be reached at all
  130  interrupted by Ctrl-C (143: by SIGTERM)";

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    workload: Workload,
}

/// What there is to do.
#[derive(Subcommand)]
pub enum Workload {
    /// Download flags for country codes.
    Flags(FlagsArgs),
}

/// The arguments of `flags`, as the chapter's `flags2` has them, and ours.
#[derive(Args)]
#[command(about = "Download flags for country codes. Default: top 20 countries by population.", after_help = EXIT_STATUS)]
pub struct FlagsArgs {
    /// country code or 1st letter (eg. B for BA...BZ)
    #[arg(value_name = "CC")]
    codes: Vec<String>,

    /// get all available flags (AD to ZW)
    #[arg(short, long)]
    all: bool,

    /// get flags for every possible code (AA...ZZ)
    #[arg(short, long)]
    every: bool,

    /// limit to N first codes
    #[arg(short, long, value_name = "N", allow_negative_numbers = true, value_parser = at_least_one)]
    limit: Option<usize>,

    /// maximum concurrent requests
    #[arg(short, long = "max_req", alias = "max-req", value_name = "CONCURRENT", allow_negative_numbers = true)]
    #[arg(value_parser = at_least_one)]
    max_req: Option<usize>,

    /// one of DELAY, ERROR, LOCAL, REMOTE, or the base URL of a server
    #[arg(short, long, value_name = "LABEL", default_value = "LOCAL")]
    pub server: Server,

    /// output detailed progress info
    #[arg(short, long)]
    pub verbose: bool,

    /// what to show while it runs
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Progress::Auto)]
    pub progress: Progress,

    /// print one JSON object instead of the report
    #[arg(long)]
    pub json: bool,

    /// write Chrome trace events to FILE (opens in Perfetto)
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,

    /// the folder for the flags
    #[arg(long, value_name = "DIR", default_value = "downloaded")]
    pub dest: PathBuf,

    /// ask for every code N times (BR.gif, BR-2.gif, ...)
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: u32,

    /// try again up to N times, where that may help
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub retries: u32,

    /// time limit for an answer's head, and again for its body
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds)]
    pub timeout: Option<Duration>,

    /// the largest body to accept
    #[arg(long, value_name = "BYTES", default_value_t = 10 << 20)]
    pub max_bytes: u64,

    /// trust the root certificates in this PEM file too
    #[arg(long, value_name = "FILE")]
    pub ca_cert: Option<PathBuf>,
}

impl FlagsArgs {
    /// Which codes were asked for.
    pub fn selection(&self) -> Selection {
        Selection { words: self.codes.clone(), all: self.all, every: self.every, limit: self.limit }
    }

    /// How many requests may be under way: the least of what was asked for (or the default), the largest that the strategy and the
    /// site allow, and the number of downloads.
    pub fn concurrency(&self, strategy: &Strategy, site_limit: usize, downloads: usize) -> usize {
        self.max_req
            .unwrap_or(strategy.default_max_req)
            .min(strategy.largest_max_req)
            .min(site_limit)
            .min(downloads)
            .max(1)
    }
}

/// Reads the command line. On a usage error, or after `--help`, it ends the process, with status 2 or 0.
pub fn parse(strategy: &Strategy) -> Workload {
    use clap::FromArgMatches;
    let matches = command(strategy).get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()).workload
}

/// Ends the process with a usage error, status 2.
pub fn usage_error(strategy: &Strategy, message: impl std::fmt::Display) -> ! {
    command(strategy).error(ErrorKind::ValueValidation, message).exit()
}

fn command(strategy: &Strategy) -> clap::Command {
    let help = format!("maximum concurrent requests (default={})", strategy.default_max_req);
    Cli::command()
        .name(strategy.name)
        .bin_name(strategy.name)
        .about(strategy.about)
        .version(env!("CARGO_PKG_VERSION"))
        .mut_subcommand("flags", |flags| flags.mut_arg("max_req", |arg| arg.help(help)))
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".into()),
        Ok(number) => Ok(number),
        Err(_) if text.starts_with('-') => Err("must be at least 1".into()),
        Err(error) => Err(format!("{error}")),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|error| format!("{error}"))?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("must be a number of seconds above 0".into()),
    }
}
