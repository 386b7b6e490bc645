//! The arguments of `flags`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Command};

use crate::{
    http::{CpuOn, MOST_ROUNDS, site::Server},
    profile::Profile,
    show::{
        output::{HEADING as SHOW, OutputArgs},
        progress::Progress,
    },
    workloads::{
        args::{FROM_WHERE, HOW, ServerParser, WorkloadArgs, at_least_one, at_least_zero},
        flags::Selection,
    },
};

/// Under which the help lists what is to be fetched.
const WHAT: &str = "What to fetch";

/// The arguments of `flags`, as the chapter's `flags2` has them, and ours.
#[derive(Args)]
pub struct FlagsArgs {
    /// get the flag of this country code or 1st letter (eg. B for BA...BZ)
    #[arg(value_name = "CC", display_order = 0, help_heading = WHAT)]
    codes: Vec<String>,

    /// get all available flags (AD to ZW)
    // After the codes, which clap would list last.
    #[arg(short, long, conflicts_with = "every", display_order = 1, help_heading = WHAT)]
    all: bool,

    /// get flags for every possible code (AA...ZZ)
    #[arg(short, long, help_heading = WHAT)]
    every: bool,

    /// limit to N first codes
    #[arg(short, long, value_name = "N", allow_negative_numbers = true, value_parser = at_least_one::<usize>)]
    #[arg(help_heading = WHAT)]
    limit: Option<usize>,

    /// get each flag N times (BR.gif, BR-2.gif, ...)
    #[arg(long, value_name = "N", default_value = "1", value_parser = at_least_one::<u32>, help_heading = WHAT)]
    pub repeat: u32,

    /// get flags from LABEL: one of DELAY, ERROR, LOCAL, REMOTE, or the base URL of a server
    #[arg(short, long, value_name = "LABEL", default_value = "LOCAL", value_parser = ServerParser)]
    #[arg(help_heading = FROM_WHERE)]
    pub server: Server,

    /// trust the root certificates in this PEM file, too
    #[arg(long, value_name = "FILE", help_heading = FROM_WHERE)]
    pub ca_cert: Option<PathBuf>,

    // Its help tells the strategy's default, and so is written where that is known.
    #[arg(short, long = "max_req", alias = "max-req", value_name = "CONCURRENT", allow_negative_numbers = true)]
    #[arg(value_parser = at_least_one::<usize>, help_heading = HOW)]
    max_req: Option<usize>,

    // Its help, too.
    #[arg(long, conflicts_with = "max_req", help_heading = HOW)]
    as_the_chapter: bool,

    /// try a failed download again up to N times, where that may help
    #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true, value_parser = at_least_zero::<u32>)]
    #[arg(help_heading = HOW)]
    pub retries: u32,

    /// wait up to SECONDS for an answer's head, and again for its body [default: 6.1]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds, help_heading = HOW)]
    pub timeout: Option<Duration>,

    /// accept a body of up to BYTES
    #[arg(long, value_name = "BYTES", default_value = "10485760", value_parser = at_least_zero::<u64>)]
    #[arg(help_heading = HOW)]
    pub max_bytes: u64,

    /// compute N rounds of SHA-256 over each flag: work for the processor, whose digest is in the record
    #[arg(long, value_name = "N", default_value = "0", value_parser = rounds)]
    #[arg(help_heading = HOW)]
    pub cpu_rounds: u32,

    /// compute them on the event loop itself, or in the pool of threads that it has for what blocks [default: pool]
    #[arg(long, value_enum, value_name = "WHERE", hide_possible_values = true, help_heading = HOW)]
    pub cpu_on: Option<CpuOn>,

    /// save the flags in DIR
    #[arg(long, value_name = "DIR", default_value = "downloaded", help_heading = HOW)]
    pub dest: PathBuf,

    /// output detailed progress info: a line for each code
    #[arg(short, long, conflicts_with = "quiet", help_heading = SHOW)]
    pub verbose: bool,

    /// show progress by auto, bar, plain, codes (as the chapter's first scripts) or none
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Progress::Auto, hide_possible_values = true)]
    #[arg(conflicts_with = "quiet", help_heading = SHOW)]
    progress: Progress,

    /// where the record goes
    #[command(flatten)]
    pub output: OutputArgs,
}

const EXIT_STATUS: &str = "\
Exit status:
  0    every flag was downloaded or not found
  1    at least one error
  2    usage error
  3    the server could not be reached at all
  130  interrupted by Ctrl-C (143: by SIGTERM)";

/// Three things to try.
fn examples(program: &str) -> String {
    format!(
        "\
Examples:
  {program} flags
      the chapter's 20 flags, from a server that is started for the run
  {program} flags a b c -s DELAY --waterfall
      78 codes from a slow server, and when each was under way
  {program} flags --all -m 100 --json=summary
      all flags, up to 100 at a time, and the figures as JSON"
    )
}

impl WorkloadArgs for FlagsArgs {
    const NAME: &'static str = "flags";
    // With its last full stop: the words are the chapter's.
    const ABOUT: &'static str = "Download flags for country codes. Default: top 20 countries by population.";

    fn adapt(command: Command, profile: &Profile) -> Command {
        let Profile { name, chapter_max_req, .. } = profile;
        let max_req = format!("request up to CONCURRENT at a time [default: {}]", profile.default_max_req());
        let as_the_chapter = format!("request as many as the chapter's program does: {chapter_max_req}");
        command
            .after_help(format!("{}\n\n{EXIT_STATUS}", examples(name)))
            .mut_arg("cpu_on", |arg| arg.hide(!profile.has_event_loop))
            .mut_arg("max_req", |arg| arg.help(max_req))
            .mut_arg("as_the_chapter", |arg| arg.help(as_the_chapter))
    }
}

impl FlagsArgs {
    /// Which codes were asked for.
    pub fn selection(&self) -> Selection {
        Selection { words: self.codes.clone(), all: self.all, every: self.every, limit: self.limit }
    }

    /// What to show while it runs.
    pub fn progress(&self) -> Progress {
        if self.output.quiet() { Progress::None } else { self.progress }
    }

    /// What to say if fewer requests are under way than were asked for, because no more may be: `not 3: sequential has at most 1`.
    pub fn refusal(&self, profile: &Profile, site_limit: usize) -> Option<String> {
        let asked = self.max_req?;
        let (who, most) = match profile.largest_max_req {
            most if most <= site_limit => (profile.name, most),
            _ => ("this site", site_limit),
        };
        (asked > most).then(|| format!("not {asked}: {who} has at most {most} at a time"))
    }

    /// How many requests may be under way: the least of what was asked for (or the default), the largest that the strategy and the
    /// site allow, and the number of downloads.
    pub fn concurrency(&self, profile: &Profile, site_limit: usize, downloads: usize) -> usize {
        let default = if self.as_the_chapter { profile.chapter_max_req } else { profile.default_max_req() };
        self.max_req.unwrap_or(default).min(profile.largest_max_req).min(site_limit).min(downloads).max(1)
    }
}

fn rounds(text: &str) -> Result<u32, String> {
    let rounds = at_least_zero(text)?;
    if rounds <= MOST_ROUNDS { Ok(rounds) } else { Err(format!("must be at most {MOST_ROUNDS}")) }
}

/// Longer than any run, and short enough to be added to any time: a century.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse().map(Duration::try_from_secs_f64) {
        Ok(Ok(duration)) if !duration.is_zero() => Ok(duration.min(LONGEST_TIMEOUT)),
        _ => Err("must be a number of seconds above 0".into()),
    }
}
