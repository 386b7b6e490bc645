//! The command line, the same for every strategy's program.

use std::{
    ffi::OsStr,
    io::{self, Write},
    path::PathBuf,
    process,
    time::Duration,
};

use clap::{Arg, Args, CommandFactory, Parser, Subcommand, builder::TypedValueParser, error::ErrorKind};

use crate::{
    Selection, Strategy, futures::FuturesArgs, loiter::LoiterArgs, output::OutputArgs, primes::PrimesArgs,
    progress::Progress, shown::text_without_password, site::Server, sqrt::SqrtArgs, terminal,
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

/// The arguments of `flags`, as the chapter's `flags2` has them, and ours.
#[derive(Args)]
pub struct FlagsArgs {
    /// country code or 1st letter (eg. B for BA...BZ)
    #[arg(value_name = "CC")]
    codes: Vec<String>,

    /// get all available flags (AD to ZW)
    #[arg(short, long, conflicts_with = "every")]
    all: bool,

    /// get flags for every possible code (AA...ZZ)
    #[arg(short, long)]
    every: bool,

    /// limit to N first codes
    #[arg(short, long, value_name = "N", allow_negative_numbers = true, value_parser = at_least_one::<usize>)]
    limit: Option<usize>,

    /// maximum concurrent requests
    #[arg(short, long = "max_req", alias = "max-req", value_name = "CONCURRENT", allow_negative_numbers = true)]
    #[arg(value_parser = at_least_one::<usize>)]
    max_req: Option<usize>,

    /// one of DELAY, ERROR, LOCAL, REMOTE, or the base URL of a server
    #[arg(short, long, value_name = "LABEL", default_value = "LOCAL", value_parser = ServerParser)]
    pub server: Server,

    /// output detailed progress info
    #[arg(short, long)]
    pub verbose: bool,

    /// what to show while it runs: auto, bar, plain, codes (as the chapter's first scripts) or none
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Progress::Auto, hide_possible_values = true)]
    pub progress: Progress,

    /// where the record goes
    #[command(flatten)]
    pub output: OutputArgs,

    /// the folder for the flags
    #[arg(long, value_name = "DIR", default_value = "downloaded")]
    pub dest: PathBuf,

    /// ask for every code N times (BR.gif, BR-2.gif, ...)
    #[arg(long, value_name = "N", default_value = "1", value_parser = at_least_one::<u32>)]
    pub repeat: u32,

    /// try again up to N times, where that may help
    #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true, value_parser = at_least_zero::<u32>)]
    pub retries: u32,

    /// time limit for an answer's head, and again for its body
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds)]
    pub timeout: Option<Duration>,

    /// the largest body to accept
    #[arg(long, value_name = "BYTES", default_value = "10485760", value_parser = at_least_zero::<u64>)]
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

    /// What to say if not so many requests are under way as were asked for, because no more may be: `not 3: sequential has at most 1`.
    pub fn refusal(&self, strategy: &Strategy, site_limit: usize) -> Option<String> {
        let asked = self.max_req?;
        let (who, most) = match strategy.largest_max_req {
            most if most <= site_limit => (strategy.name, most),
            _ => ("this site", site_limit),
        };
        (asked > most).then(|| format!("not {asked}: {who} has at most {most} at a time"))
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

/// Ends the process with a usage error of a workload, status 2.
pub fn usage_error(strategy: &Strategy, workload: &str, message: impl std::fmt::Display) -> ! {
    let mut command = command(strategy);
    command.build();
    command
        .find_subcommand_mut(workload)
        .expect("a subcommand of ours")
        .error(ErrorKind::ValueValidation, message)
        .exit()
}

fn command(strategy: &Strategy) -> clap::Command {
    let help = format!("maximum concurrent requests (default={})", strategy.default_max_req);
    let all = Cli::command();
    clap::Command::new(strategy.name)
        .bin_name(strategy.name)
        .about(strategy.about)
        .version(env!("SIDE_BY_SIDE_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(all.get_subcommands().cloned())
        .mut_subcommand("futures", |futures| futures.hide(strategy.show_futures.is_none()))
        .mut_subcommand("flags", |flags| flags.mut_arg("max_req", |arg| arg.help(help)))
        .mut_subcommand("sqrt", |sqrt| sqrt.mut_arg("waterfall", |arg| arg.hide(true)))
        .mut_subcommand("primes", |primes| primes.mut_arg("on_runtime", |arg| arg.hide(!strategy.has_event_loop)))
}

pub(crate) fn at_least_one<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    whole_number(text, 1)
}

pub(crate) fn at_least_zero<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    whole_number(text, 0)
}

fn whole_number<T: TryFrom<u64>>(text: &str, least: u64) -> Result<T, String> {
    let is_negative = text.starts_with('-');
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("must be a whole number, at least {least}"));
    }
    match digits.parse::<u64>() {
        Ok(number) if number >= least && (!is_negative || number == 0) => {
            number.try_into().map_err(|_| "is too large".to_owned())
        }
        Err(_) if !is_negative => Err("is too large".into()),
        _ => Err(format!("must be at least {least}")),
    }
}

/// Longer than any run, and short enough to be added to any time: a century.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse().map(Duration::try_from_secs_f64) {
        Ok(Ok(duration)) if !duration.is_zero() => Ok(duration.min(LONGEST_TIMEOUT)),
        _ => Err("must be a number of seconds above 0".into()),
    }
}

/// Parses a server, and shows no password of one that cannot be parsed.
#[derive(Clone)]
pub(crate) struct ServerParser;

impl TypedValueParser for ServerParser {
    type Value = Server;

    fn parse_ref(&self, command: &clap::Command, arg: Option<&Arg>, value: &OsStr) -> Result<Server, clap::Error> {
        let text = value.to_string_lossy();
        text.parse().map_err(|why| {
            let (shown, arg) = (text_without_password(&text), arg.map(ToString::to_string).unwrap_or_default());
            let message = format!("invalid value '{shown}' for '{arg}': {why}");
            command.clone().error(ErrorKind::ValueValidation, message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_number_is_told_what_it_must_be() {
        let error = |text| at_least_one::<u32>(text).unwrap_err();
        for text in ["abc", "", "1.5", "0x10", "-", "\u{661}"] {
            assert_eq!(error(text), "must be a whole number, at least 1");
        }
        assert_eq!([error("0"), error("-3"), error("-99999999999999999999")], ["must be at least 1"; 3]);
        assert_eq!([error("4294967296"), error("99999999999999999999")], ["is too large"; 2]);
        assert_eq!([at_least_one("1"), at_least_one("+7"), at_least_zero("0")], [Ok(1_u64), Ok(7), Ok(0)]);
    }
}
