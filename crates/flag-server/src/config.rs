//! What makes one server differ from another.

use crate::Flags;
use std::sync::Arc;
use std::time::Duration;

/// The settings of one server. The address is the caller's: see [`listen`](crate::listen()).
#[derive(Clone, Debug)]
pub struct Config {
    /// The shortest and the longest wait before an answer; `None` answers at once.
    pub delay: Option<(Duration, Duration)>,
    /// The share of the requests, 0 to 1, that are answered `418 I'm a teapot`, or meet a fault.
    pub error_rate: f64,
    /// Delays and errors follow from this, the code and the attempt: see [`outcome`](crate::outcome()).
    pub seed: u64,
    /// What there is to download.
    pub flags: Arc<Flags>,
    /// How long a client may take.
    pub limits: Limits,
}

/// How long a client may take before it is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the first byte of a request's head to its last. It is looked at four times in this
    /// time, so that a client may get away with a quarter more.
    pub head: Duration,
    /// Without any request. Longer than any client of ours keeps an idle connection, so that the
    /// client is the one to close it and never reuses one that we are closing.
    pub idle: Duration,
}

impl Config {
    /// The LOCAL server: every answer at once.
    pub fn local() -> Config {
        Config {
            delay: None,
            error_rate: 0.0,
            seed: 20,
            flags: Flags::built_in(),
            limits: Limits { head: Duration::from_secs(10), idle: Duration::from_secs(120) },
        }
    }

    /// The DELAY server: 0.5 to 5 s before every answer.
    pub fn delay() -> Config {
        let range = (Duration::from_millis(500), Duration::from_secs(5));
        Config { delay: Some(range), ..Config::local() }
    }

    /// The ERROR server: the delays of DELAY, and a quarter of the answers are errors.
    pub fn error() -> Config {
        Config { error_rate: 0.25, ..Config::delay() }
    }

    /// The FAULT server: of the answers of `/faults/random`, a quarter are faults.
    pub fn fault() -> Config {
        Config { error_rate: 0.25, ..Config::local() }
    }

    /// Whether all requests meet the same fate, so that there is no need to tell them apart.
    pub(crate) fn is_uniform(&self) -> bool {
        self.delay.is_none_or(|(min, max)| min == max) && [0.0, 1.0].contains(&self.error_rate)
    }

    /// Says what is wrong with the settings, if anything is.
    ///
    /// # Errors
    /// A delay that ends before it begins or lasts over an hour; an error rate outside 0 to 1.
    pub fn check(&self) -> Result<(), String> {
        const LONGEST: Duration = Duration::from_secs(3600);
        match self.delay {
            Some((min, max)) if min > max => Err(format!("a delay from {min:?} to {max:?} ends before it begins")),
            Some((_, max)) if max > LONGEST => Err(format!("a delay of {max:?} is longer than an hour")),
            _ if !(0.0..=1.0).contains(&self.error_rate) => {
                Err(format!("an error rate of {} is not between 0 and 1", self.error_rate))
            }
            _ => Ok(()),
        }
    }
}
