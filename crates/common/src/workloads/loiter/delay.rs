//! How long to do nothing.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

/// A number of seconds, which need not be whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay(Duration);

impl Delay {
    /// This many whole seconds.
    pub fn of_seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// It as a duration.
    pub fn duration(self) -> Duration {
        self.0
    }

    /// What a task with this delay returns.
    pub fn tenfold(self) -> Self {
        Self(self.0.saturating_mul(10))
    }

    /// A tab for each whole second.
    pub fn indent(self) -> String {
        "\t".repeat(self.0.as_secs() as usize)
    }
}

impl FromStr for Delay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds: f64 = text.parse().map_err(|_| "must be a number of seconds".to_owned())?;
        match Duration::try_from_secs_f64(seconds) {
            Ok(delay) if delay <= Duration::from_secs(3600) => Ok(Self(delay)),
            _ => Err("must be from 0 to 3600 seconds".into()),
        }
    }
}

impl fmt::Display for Delay {
    /// `3`, `0.25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_secs_f64().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_it_was_read() {
        for text in ["0", "3", "0.25", "3600"] {
            assert_eq!(text.parse::<Delay>().unwrap().to_string(), text);
        }
        for text in ["", "x", "-1", "nan", "inf", "3601"] {
            text.parse::<Delay>().unwrap_err();
        }
    }

    #[test]
    fn ten_times_a_delay_is_exact() {
        assert_eq!("1.1".parse::<Delay>().unwrap().tenfold().to_string(), "11");
        assert_eq!(Delay::of_seconds(4).tenfold().to_string(), "40");
    }

    #[test]
    fn it_is_indented_by_whole_seconds() {
        assert_eq!(Delay::of_seconds(2).indent(), "\t\t");
        assert_eq!("0.9".parse::<Delay>().unwrap().indent(), "");
    }
}
