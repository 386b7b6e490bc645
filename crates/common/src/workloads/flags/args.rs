//! The arguments of `flags`.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use crate::{
    http::site::Server,
    profile::Profile,
    show::{output::OutputArgs, progress::Progress},
    workloads::{
        args::{ServerParser, at_least_one, at_least_zero},
        flags::Selection,
    },
};

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

    /// take the chapter's own number of concurrent requests
    #[arg(long, conflicts_with = "max_req")]
    as_the_chapter: bool,

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

/// Longer than any run, and short enough to be added to any time: a century.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse().map(Duration::try_from_secs_f64) {
        Ok(Ok(duration)) if !duration.is_zero() => Ok(duration.min(LONGEST_TIMEOUT)),
        _ => Err("must be a number of seconds above 0".into()),
    }
}
