//! The command line.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::base::sanity::MOST_ROUNDS;
use crate::plan::{profile, strategies};

/// Which strategy, and what does it cost, on this machine?
///
/// Runs the same work with each strategy, one program at a time, in turn, against servers of its own, checks every
/// answer, and prints a table with honest intervals. Everything is kept in a new folder under results/.
#[derive(Debug, Parser)]
#[command(name = "bench", version, args_conflicts_with_subcommands = true, after_help = EXIT_STATUS)]
pub struct Cli {
    /// Instead of a run.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The run.
    #[command(flatten)]
    pub run: RunArgs,
}

impl Cli {
    /// Whether programs are to be measured.
    pub fn measures(&self) -> bool {
        match &self.command {
            None | Some(Command::Sweep(_) | Command::Choose(_) | Command::Map(_)) => true,
            Some(Command::Goals(args)) => args.dir.is_none(),
            Some(
                Command::Report { .. } | Command::Replay { .. } | Command::Compare { .. } | Command::Readme { .. },
            ) => false,
        }
    }
}

const EXIT_STATUS: &str = "\
Exit status: 0 all answers were right; 1 a contender's answer was wrong (the others are in the table);
2 usage, or the run could not be made; 130 interrupted (what was measured is kept, and shown).";

/// What `bench` can do beside a run.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Time against concurrency and against the number of flags, with the bound drawn in.
    Sweep(SweepArgs),
    /// Which strategy for work of your own: it is played, predicted, measured, and one is named.
    #[command(after_help = CHOOSE)]
    Choose(ChooseArgs),
    /// A map of the strategies: which is the fastest, for each wait and each time of computing.
    Map(MapArgs),
    /// Measure how far each goal of crates/bench/goals.toml is reached.
    Goals(GoalsArgs),
    /// Make every report of a run again, from its folder alone.
    Report {
        /// The folder of the run.
        dir: PathBuf,
    },
    /// Show a recorded run as it was, all strategies side by side: a page for a browser, in one file.
    Replay {
        /// The folder of the run.
        dir: PathBuf,
        /// Where to write the page [default: a new file among the temporary ones].
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Compare two recorded runs of the same work.
    Compare {
        /// The folder of the older run.
        old: PathBuf,
        /// The folder of the newer one; the newest under results/ if it is left out.
        new: Option<PathBuf>,
        /// The folder of all results.
        #[arg(long, value_name = "DIR")]
        results: Option<PathBuf>,
    },
    /// Put the tables and the picture of a recorded run between the markers of a README.
    Readme {
        /// The folder of the run; without one, the folder that the marker names.
        dir: Option<PathBuf>,
        /// The file with the markers.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Change nothing; exit with 1 if something would change.
        #[arg(long)]
        check: bool,
    },
}

/// The knobs of a run.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// A run of about 40 s: six rounds of less work, without sqrt and chapter.
    #[arg(long)]
    pub quick: bool,
    /// Only this workload, this strategy, or this strategy in this workload; may be repeated. The baseline always runs.
    #[arg(long, value_name = "WORKLOAD/STRATEGY")]
    pub only: Vec<String>,
    /// Flags to fetch from the fast server, each of 194 as often as needed [default: 3880].
    #[arg(long, value_name = "N", value_parser = positive)]
    pub count: Option<usize>,
    /// From the fast server all 676 codes AA to ZZ, of which 194 have a flag.
    #[arg(long, conflicts_with = "count")]
    pub every: bool,
    /// Flags to fetch from the server with delays [default: 20].
    #[arg(long, value_name = "N", value_parser = positive)]
    pub delay_count: Option<usize>,
    /// The delays of that server [default: 10ms..100ms].
    #[arg(long, value_name = "MIN..MAX")]
    pub delay: Option<String>,
    /// The most requests at once.
    #[arg(short = 'm', long = "max-req", visible_alias = "max_req", value_name = "N", default_value = "30", value_parser = positive)]
    pub concurrency: usize,
    /// The one that the others are compared with.
    #[arg(long, value_name = "STRATEGY", default_value = strategies::baseline())]
    pub baseline: String,
    /// Measure curl, aria2c, wget2, xargs, GNU parallel, Go, Node and more of Python too, where they are installed.
    #[arg(long)]
    pub peers: bool,
    /// Measure the least that a client can do, too: a bare socket, epoll, and hyper by themselves.
    #[arg(long)]
    pub floors: bool,
    /// Fetch from nginx, where it is installed, instead of from our own fast server.
    #[arg(long)]
    pub nginx: bool,
    /// More contenders, described as in crates/bench/bench.toml. Their commands are run as you: read a stranger's file first.
    #[arg(long, value_name = "FILE")]
    pub contenders: Option<PathBuf>,
    /// What a run and a sweep have in common.
    #[command(flatten)]
    pub common: CommonArgs,
}

const CHOOSE: &str = "\
Examples:
  scripts/bench choose --items 500 --delay 80ms..300ms --at-once 100 --cpu 5ms --size 40KB --budget 30s
      half a thousand items from a slow server, and something to compute for each
  scripts/bench choose --items 200 --cpu 20ms
      nothing but computing
The server plays the delays and the size, and every strategy does the computing: rounds of SHA-256, calibrated to this machine. What
the budget has no room for is computed, and said to be. Exit status as for a run.";

/// The knobs of a choice.
#[derive(Debug, Args)]
pub struct ChooseArgs {
    /// How many items there are.
    #[arg(long, value_name = "N", default_value = "500", value_parser = number::<usize>)]
    pub items: usize,
    /// How long the server takes for each, like 80ms..300ms; it answers at once without this.
    #[arg(long, value_name = "MIN..MAX", value_parser = delay)]
    pub delay: Option<String>,
    /// How many may be under way at once.
    #[arg(long, value_name = "N", default_value = "30", value_parser = number::<usize>)]
    pub at_once: usize,
    /// The processor time for each, like 5ms.
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = profile::time)]
    pub cpu: Duration,
    /// The size of each, like 40KB; that of our flags, some kilobytes, without this.
    #[arg(long, value_name = "SIZE", value_parser = profile::size)]
    pub size: Option<usize>,
    /// Only these strategies, beside one by one.
    #[arg(long, value_name = "STRATEGY,…", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Instead of one answer: the profiles of this file, predicted and measured, as a table.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["items", "delay", "at_once", "cpu", "size"])]
    pub profiles: Option<PathBuf>,
    /// What all runs have in common.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// The knobs of a map.
#[derive(Debug, Args)]
pub struct MapArgs {
    /// How long the server takes for each item.
    #[arg(long, value_name = "TIME,…", value_delimiter = ',', value_parser = profile::time, default_value = "0ms,1ms,3ms,10ms,30ms,100ms")]
    pub delay: Vec<Duration>,
    /// The processor time for each.
    #[arg(long, value_name = "TIME,…", value_delimiter = ',', value_parser = profile::time, default_value = "0ms,100us,300us,1ms,3ms,10ms")]
    pub cpu: Vec<Duration>,
    /// How many items there are in each cell; fewer, where the budget has no room for them.
    #[arg(long, value_name = "N", default_value = "60", value_parser = positive)]
    pub items: usize,
    /// How many may be under way at once.
    #[arg(long, value_name = "N", default_value = "20", value_parser = positive)]
    pub at_once: usize,
    /// What all runs have in common.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// A range of delays, which stays a text: the server reads it again.
fn delay(text: &str) -> Result<String, String> {
    profile::delays(text).map(|_| text.into())
}

/// The knobs of the goals.
#[derive(Debug, Args)]
pub struct GoalsArgs {
    /// Instead of measuring: the folder of an earlier run, whose table is printed again.
    pub dir: Option<PathBuf>,
    /// Only this group of workloads; may be repeated.
    #[arg(long, value_name = "GROUP")]
    pub only: Vec<String>,
    /// What all runs have in common.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// The knobs of a sweep.
#[derive(Debug, Args)]
pub struct SweepArgs {
    /// Sweep only one of the two.
    #[arg(long, value_name = "AXIS", value_parser = ["concurrency", "items"])]
    pub only: Option<String>,
    /// The numbers of requests at once.
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = positive,
          default_value = "1,2,4,8,16,32,64,128,256,512,1000")]
    pub concurrency: Vec<usize>,
    /// The numbers of flags.
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = positive, default_value = "20,200,2000,10000")]
    pub items: Vec<usize>,
    /// Flags to fetch at each number of requests.
    #[arg(long, value_name = "N", default_value = "1000", value_parser = positive)]
    pub count: usize,
    /// The delays of the server at each number of requests.
    #[arg(long, value_name = "MIN..MAX", default_value = "1ms..10ms")]
    pub delay: String,
    /// Requests at once at each number of flags.
    #[arg(short = 'm', long = "max-req", visible_alias = "max_req", value_name = "N", default_value = "30", value_parser = positive)]
    pub requests: usize,
    /// What a run and a sweep have in common.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// What a run and a sweep have in common.
#[derive(Clone, Debug, Args)]
pub struct CommonArgs {
    /// The time for all of it, like 90s or 5min, warm-up included; the number of rounds follows from it, 6 to 31. What it does not pay six
    /// rounds for runs once, and what it does not pay one run for is computed, and marked so [default: 100s; of a sweep 6min].
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub budget: Option<Duration>,
    /// The number of rounds, whatever they take, up to 1000.
    #[arg(long, value_name = "N", value_parser = rounds)]
    pub rounds: Option<usize>,
    /// The seed of the order of the runs, and of the server's delays.
    #[arg(long, value_name = "N", default_value = "20", value_parser = number::<u64>)]
    pub seed: u64,
    /// The time after which a program is killed.
    #[arg(long, value_name = "TIME", default_value = "2min", value_parser = time)]
    pub time_limit: Duration,
    /// The folder that the run's own folder is made in [default: results, beside Cargo.toml].
    #[arg(long, value_name = "DIR")]
    pub results: Option<PathBuf>,
    /// The folder of the programs [default: that of bench itself].
    #[arg(long, value_name = "DIR")]
    pub bin: Option<PathBuf>,
}

/// A number of things.
///
/// # Errors
/// What is no whole number over 0, as a fragment.
pub fn positive(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&n| n > 0).ok_or_else(|| "a whole number, 1 or more".into())
}

/// Any whole number: where not all will do, it is said what does.
fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "a whole number".into())
}

fn rounds(text: &str) -> Result<usize, String> {
    let in_range = |rounds: &usize| *rounds <= MOST_ROUNDS;
    positive(text).ok().filter(in_range).ok_or_else(|| format!("a whole number, 1 to {MOST_ROUNDS}"))
}

/// A time: `90s`, `1.5min`, `500ms`, or a bare number of seconds.
fn time(text: &str) -> Result<Duration, String> {
    let number_ends = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(number_ends);
    let seconds = match unit.trim() {
        "" | "s" => 1.0,
        "ms" => 1e-3,
        "min" | "m" => 60.0,
        _ => return Err("a time like 90s, 500ms or 5min".into()),
    };
    let number: f64 = number.parse().map_err(|_| "a time like 90s, 500ms or 5min")?;
    Duration::try_from_secs_f64(number * seconds)
        .ok()
        .filter(|time| *time > Duration::ZERO && *time <= Duration::from_secs(86_400))
        .ok_or_else(|| "a time over 0 and up to a day".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_no_number_is_told_so_in_words() {
        for line in [
            "--rounds",
            "--count",
            "-m",
            "--seed",
            "sweep --items",
            "choose --items",
            "choose --at-once",
            "map --items",
        ] {
            let words = format!("bench {line} x");
            let error = Cli::try_parse_from(words.split(' ')).unwrap_err().to_string();
            assert!(error.contains("': a whole number"), "{words}: {error}");
        }
    }

    #[test]
    fn times_have_units() {
        assert_eq!(time("90"), Ok(Duration::from_secs(90)));
        assert_eq!(time("1.5min"), Ok(Duration::from_secs(90)));
        assert_eq!(time("250ms"), Ok(Duration::from_millis(250)));
        for bad in ["", "0s", "-1s", "3 weeks", "1e9", "2d"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }
}
