//! The command line of the soak.

use std::{
    ops::RangeInclusive,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clap::Parser;

/// Run the four programs again and again, each in a fresh folder, against a good server and one
/// that is bad at random, with signals at random moments, and verify each run.
///
/// Exit status: 0 nothing was lost, 1 something was, 2 usage.
#[derive(Debug, Parser)]
#[command(name = "scripts/soak")]
pub struct Args {
    /// How long, in hours
    #[arg(long, value_name = "N", value_parser = time, conflicts_with = "minutes")]
    hours: Option<f64>,

    /// How long, in minutes [default: 10]
    #[arg(long, value_name = "N", value_parser = time)]
    minutes: Option<f64>,

    /// End after this number of runs, if that is sooner
    #[arg(long, value_name = "N")]
    runs: Option<u64>,

    /// The number of the first run
    #[arg(long, value_name = "N", default_value_t = 1)]
    first: u64,

    /// What the runs follow from [default: the time]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Connections of other clients, on which the good server is asked for flag after flag
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub load: usize,

    /// Connections of clients that send a head a byte a second
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub slow: usize,
}

impl Args {
    pub fn duration(&self) -> Duration {
        let minutes = self.hours.map(|hours| hours * 60.0).or(self.minutes).unwrap_or(10.0);
        Duration::from_secs_f64(minutes * 60.0)
    }

    pub fn seed(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.seed.unwrap_or(now)
    }

    /// The numbers of the runs, if time allows.
    pub fn numbers(&self) -> RangeInclusive<u64> {
        self.first..=self.runs.map_or(u64::MAX, |runs| self.first.saturating_add(runs).saturating_sub(1))
    }
}

/// Reads a time of up to a year.
fn time(text: &str) -> Result<f64, String> {
    let time = text.parse().ok().filter(|time| (0.0..=525_600.0).contains(time));
    time.ok_or_else(|| format!("{text:?} is no time: write it like 1.5"))
}
