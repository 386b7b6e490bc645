//! The command line.

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};
use flag_server::{Config, Flags, SIZES};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

/// Serve flags to download, from this machine.
///
/// Without arguments, three servers in one process: LOCAL on port 8000 answers at once, DELAY on
/// 8001 waits 0.5 to 5 s before each answer, ERROR on 8002 waits as long and answers a quarter of
/// the requests with 418. Delays and errors depend on seed, code and attempt alone. Flags are at
/// /flags/br/br.gif, what the server will do at /manifest.json, what it did at /stats.
///
/// With --faults there is a fourth, FAULT on port 8003: /faults/ lists what can go wrong with a
/// download, and to download from /faults/never_answers/flags is to meet it.
#[derive(Parser)]
#[command(version, after_help = AFTER_HELP)]
pub struct Args {
    /// Run this server alone
    pub kind: Option<Kind>,

    /// Run the FAULT server, too
    #[arg(long, conflicts_with = "kind")]
    pub faults: bool,

    /// Port of the one server, 0 for any that is free [default: 8000, 8001, 8002 or 8003]
    #[arg(short, long, requires = "kind", value_parser = port)]
    pub port: Option<u16>,

    /// Address to listen on
    #[arg(short, long, value_name = "ADDR", default_value_t = Ipv4Addr::LOCALHOST.into())]
    pub bind: IpAddr,

    /// Wait of the DELAY and ERROR servers, in seconds or like 50ms..200ms [default: 0.5..5]
    #[arg(short, long, value_name = "MIN..MAX", value_parser = delay)]
    pub delay: Option<(Duration, Duration)>,

    /// Share of the ERROR server's answers that are 418, of FAULT's /faults/random that are faults,
    /// 0 to 1 [default: 0.25]
    #[arg(short, long, value_name = "RATE", value_parser = rate)]
    pub error_rate: Option<f64>,

    /// What delays and errors follow from [default: 20]
    #[arg(short, long, value_name = "N", value_parser = seed)]
    pub seed: Option<u64>,

    /// Serve the {cc}/{cc}.gif of this folder, as they are now, instead of the 194 built-in flags
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,

    /// Serve flags of this size each, filled up by comments; one pixel where that is too few
    #[arg(long, value_name = "BYTES", value_parser = size, conflicts_with = "dir")]
    pub size: Option<usize>,

    /// End when standard input ends, as it does when the program that holds it is gone; leave
    /// SIGINT to that program
    #[arg(long, hide_short_help = true)]
    pub exit_with_parent: bool,
}

const AFTER_HELP: &str = "\
SIGINT and SIGTERM stop it: requests in flight are still answered; a second signal ends it at once.
Exit status: 0 stopped, 1 could not serve (such as a port in use), 2 usage, 130 or 143 second signal.";

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Answers at once
    Local,
    /// Waits before each answer
    Delay,
    /// Waits, and answers some with 418
    Error,
    /// Does all that a server should not
    Faults,
}

impl Kind {
    /// The label that the strategies' `-s` knows it by.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Local => "LOCAL",
            Kind::Delay => "DELAY",
            Kind::Error => "ERROR",
            Kind::Faults => "FAULT",
        }
    }

    /// What there is to download from at its address.
    pub fn base(self) -> &'static str {
        match self {
            Kind::Faults => "/faults/random/flags",
            _ => "/flags",
        }
    }

    /// The port that the label stands for.
    pub fn port(self) -> u16 {
        match self {
            Kind::Local => 8000,
            Kind::Delay => 8001,
            Kind::Error => 8002,
            Kind::Faults => 8003,
        }
    }
}

impl Args {
    /// Reads the command line; ends the program with status 2 if it makes no sense.
    pub fn read() -> Args {
        let args = Args::parse();
        let stray = match args.kind {
            Some(Kind::Local) if args.delay.is_some() => "LOCAL does not wait: --delay is for delay and error",
            Some(Kind::Faults) if args.delay.is_some() => "FAULT waits as it likes: --delay is for delay and error",
            Some(Kind::Local | Kind::Delay) if args.error_rate.is_some() => "--error-rate is for error and faults",
            Some(Kind::Faults) if args.size.is_some() => "FAULT has the built-in flags only: --size is for the others",
            Some(Kind::Faults) if args.dir.is_some() => "FAULT has the built-in flags only: --dir is for the others",
            _ => return args,
        };
        Args::command().error(ErrorKind::ArgumentConflict, stray).exit()
    }

    /// The servers to run: the one that was named, or all three, or all four.
    pub fn kinds(&self) -> Vec<Kind> {
        match self.kind {
            Some(kind) => vec![kind],
            None if self.faults => Kind::value_variants().to_vec(),
            None => vec![Kind::Local, Kind::Delay, Kind::Error],
        }
    }

    /// Reads the folder, or takes the flags that are built in, and sets up a server of each kind.
    ///
    /// # Errors
    /// The folder cannot be served.
    pub fn configs(&self) -> io::Result<Vec<(Kind, Config)>> {
        let flags = match (&self.dir, self.size) {
            (Some(folder), _) => Flags::from_folder(folder)?,
            (None, Some(size)) => Flags::sized(size),
            (None, None) => Flags::built_in(),
        };
        let config = |kind| {
            let mut config = match kind {
                Kind::Local => Config::local(),
                Kind::Delay => Config::delay(),
                Kind::Error => Config::error(),
                Kind::Faults => Config::fault(),
            };
            config.flags = flags.clone();
            config.seed = self.seed.unwrap_or(config.seed);
            if matches!(kind, Kind::Delay | Kind::Error) {
                config.delay = self.delay.or(config.delay);
            }
            if matches!(kind, Kind::Error | Kind::Faults) {
                config.error_rate = self.error_rate.unwrap_or(config.error_rate);
            }
            (kind, config)
        };
        Ok(self.kinds().into_iter().map(config).collect())
    }
}

/// Reads `0.5..5`, `50ms..200ms`.
fn delay(text: &str) -> Result<(Duration, Duration), String> {
    let (min, max) = text.split_once("..").ok_or("two times are wanted, like 0.5..5")?;
    let range = (time(min)?, time(max)?);
    let config = Config { delay: Some(range), ..Config::local() };
    config.check().map(|()| range)
}

/// Reads `0.5`, `0.5s`, `500ms`.
fn time(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e-3),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let seconds = number.trim().parse::<f64>().ok().map(|number| number * unit);
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.ok_or_else(|| format!("{text:?} is no time: write it like 0.5, 0.5s or 500ms"))
}

/// Reads a port.
fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("a port is a whole number, 0 to {}", u16::MAX))
}

/// Reads any number.
fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a whole number is wanted".to_owned())
}

/// Reads a number of bytes.
fn size(text: &str) -> Result<usize, String> {
    let (least, most) = (SIZES.start(), SIZES.end());
    let size = text.parse().ok().filter(|size| SIZES.contains(size));
    size.ok_or_else(|| format!("a number of bytes is wanted, {least} to {most}: the server holds every flag in memory"))
}

/// Reads `0.25`.
fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    let config = Config { error_rate: rate, ..Config::local() };
    config.check().map(|()| rate)
}
