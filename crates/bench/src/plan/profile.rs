//! What somebody's work is like: how many items, how long a server takes for each, how large it is, and what it costs to compute. It is
//! played by our own server and our own flags, so that every strategy can be measured with it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::numbers::{duration, thousands};
use crate::plan::strategies;
use crate::plan::workload::{Cpu, TOP_20, Time, Work, Workload, delay_words};

/// The most items: the server tells the delay of each beforehand.
const MOST_ITEMS: usize = 100_000;
/// The most at once that any strategy takes.
const MOST_AT_ONCE: usize = 1_000;
/// The longest delay that fits the time limits of the strategies, as [`TIME_LIMIT`] sets them.
const LONGEST_DELAY: Duration = Duration::from_secs(30);
/// The most computing for an item.
const MOST_CPU: Duration = Duration::from_secs(1);
/// The sizes that the server takes: see its `--size`.
const SIZES: [usize; 2] = [64, 1 << 20];
/// The most bytes of all files together, which are saved in memory.
const MOST_BYTES: usize = 512 << 20;

/// How long a strategy waits for an answer, in seconds: also behind an event loop that computes.
pub const TIME_LIMIT: &str = "60";

/// The work, as far as it matters to a strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// How many items there are.
    pub items: usize,
    /// How long the server takes for each, `80ms..300ms`; it answers at once if that is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<String>,
    /// How many may be under way at once.
    pub at_once: usize,
    /// The processor time for each item, in microseconds.
    #[serde(default)]
    pub cpu_us: u64,
    /// The size of each in bytes; that of our flags, some kilobytes, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
}

impl Profile {
    /// Checks that it can be played, by these strategies.
    ///
    /// # Errors
    /// What cannot, and what could, in a sentence.
    pub fn check(&self, strategies: &[&str]) -> Result<(), String> {
        let in_all = |n: usize| thousands(n as u64);
        if !(1..=MOST_ITEMS).contains(&self.items) {
            return Err(format!("{} items: give 1 to {}", in_all(self.items), in_all(MOST_ITEMS)));
        }
        if !(1..=MOST_AT_ONCE).contains(&self.at_once) {
            return Err(format!("{} at once: give 1 to {}", in_all(self.at_once), in_all(MOST_AT_ONCE)));
        }
        if let Some(delay) = &self.delay {
            delays(delay)?;
        }
        if Duration::from_micros(self.cpu_us) > MOST_CPU {
            return Err(format!(
                "{} of computing for each item: at most 1 s is played; the order of the strategies is the same from there on",
                duration(self.cpu_us as f64)
            ));
        }
        let size = self.size.unwrap_or(SIZES[0]);
        if !(SIZES[0]..=SIZES[1]).contains(&size) {
            return Err(format!("{} bytes: the server has items of 64 bytes to 1 MiB", in_all(size)));
        }
        if self.items * size > MOST_BYTES {
            let [items, size, most] = [self.items, size, MOST_BYTES / size].map(in_all);
            return Err(format!(
                "{items} items of {size} bytes do not fit into the memory that they are saved in: at most {most} do"
            ));
        }
        let small = strategies::all().iter().find(|one| {
            strategies.contains(&one.name.as_str()) && one.at_most.is_some_and(|most| most > 1 && most < self.at_once)
        });
        match small {
            Some(one) => Err(format!(
                "{} at once: {} has at most {}; ask for as many, or leave it out by --only",
                in_all(self.at_once),
                one.name,
                one.at_most.unwrap_or_default()
            )),
            None => Ok(()),
        }
    }

    /// The rounds of SHA-256 that take its processor time, where so many take a millisecond.
    pub fn cpu(&self, rounds_per_ms: f64) -> Option<Cpu> {
        let rounds = (self.cpu_us as f64 / 1e3 * rounds_per_ms).round() as u32;
        (self.cpu_us > 0).then_some(Cpu { rounds: rounds.max(1), us: self.cpu_us })
    }

    /// This many of its items as a workload of this name; twenty and more are rounded up to full twenties.
    pub fn workload(&self, name: &str, items: usize, cpu: Option<Cpu>, seed: u64) -> Workload {
        // Few different flags, since each costs the check of its digest as much as a strategy.
        let codes = TOP_20.map(String::from);
        let work = match items.div_ceil(codes.len()) {
            0 | 1 => Work::flags(items, &codes, self.at_once, self.delay.clone(), seed),
            copies => Work::flags(copies * codes.len(), &codes, self.at_once, self.delay.clone(), seed),
        };
        Workload { name: name.into(), ..Workload::new(work.with(self.size, cpu), Time::Wall) }
    }

    /// It in words: `500 items of 40,000 bytes, 80 to 300 ms of waiting and 5.00 ms of computing each, 100 at once`.
    pub fn words(&self) -> String {
        let size = self.size.map(|size| format!(" of {} bytes", thousands(size as u64))).unwrap_or_default();
        let waiting =
            self.delay.as_deref().map_or("no waiting".into(), |delay| format!("{} of waiting", delay_words(delay)));
        let computing = match self.cpu_us {
            0 => "no computing".into(),
            us => format!("{} of computing", duration(us as f64)),
        };
        let [items, at_once] = [self.items, self.at_once].map(|n| thousands(n as u64));
        format!("{items} items{size}, {waiting} and {computing} each, {at_once} at once")
    }
}

/// Reads `80ms..300ms`, `0.5s..5s`.
///
/// # Errors
/// What it should be.
pub fn delays(text: &str) -> Result<[Duration; 2], String> {
    let (from, to) = text.split_once("..").ok_or("two times are wanted, like 80ms..300ms")?;
    let ends = [time(from)?, time(to)?];
    match ends {
        [from, to] if from > to => Err(format!("{text} ends before it begins")),
        [_, to] if to > LONGEST_DELAY => Err(format!("{text}: an item may wait for 30 s at most")),
        ends => Ok(ends),
    }
}

/// Reads `5ms`, `250us`, `0.5s`.
///
/// # Errors
/// What it should be.
pub fn time(text: &str) -> Result<Duration, String> {
    let wanted = || format!("{text:?} is no time: write it with its unit, like 5ms, 250us or 0.5s");
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wanted)?;
    let unit = match &text[end..] {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(wanted()),
    };
    let seconds = text[..end].parse::<f64>().map_err(|_| wanted())? * unit;
    Duration::try_from_secs_f64(seconds).map_err(|_| wanted())
}

/// Reads `40KB`, `1MiB`, `500`: bytes.
///
/// # Errors
/// What it should be.
pub fn size(text: &str) -> Result<usize, String> {
    let wanted = || format!("{text:?} is no size: write it like 500B, 40KB or 1MiB");
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match &text[end..] {
        "" | "B" => 1,
        "KB" | "kB" => 1_000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        _ => return Err(wanted()),
    };
    text[..end].parse::<usize>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 4] = ["sequential", "thread-pool", "process-pool", "async-tasks"];

    fn profile(change: impl Fn(&mut Profile)) -> Profile {
        let (delay, size) = (Some("80ms..300ms".into()), Some(40_000));
        let mut profile = Profile { items: 500, delay, at_once: 100, cpu_us: 5_000, size };
        change(&mut profile);
        profile
    }

    #[test]
    fn what_can_be_played_is_said_in_words() {
        assert_eq!(profile(|_| ()).check(&ALL), Ok(()));
        assert_eq!(
            profile(|_| ()).words(),
            "500 items of 40,000 bytes, 80 to 300 ms of waiting and 5.00 ms of computing each, 100 at once"
        );
        let bare = profile(|profile| (profile.delay, profile.size, profile.cpu_us) = (None, None, 0));
        assert_eq!(bare.words(), "500 items, no waiting and no computing each, 100 at once");
    }

    #[test]
    fn what_cannot_be_played_gets_a_sentence() {
        type Change = fn(&mut Profile);
        let changes: [(&str, Change); 8] = [
            ("0 items: give 1 to 100,000", |p| p.items = 0),
            ("0 at once: give 1 to 1,000", |p| p.at_once = 0),
            ("two times are wanted, like 80ms..300ms", |p| p.delay = Some("5".into())),
            ("300ms..80ms ends before it begins", |p| p.delay = Some("300ms..80ms".into())),
            ("at most 1 s is played", |p| p.cpu_us = 3_600_000_000),
            ("the server has items of 64 bytes to 1 MiB", |p| p.size = Some(2 << 20)),
            ("do not fit into the memory", |p| (p.items, p.size) = (100_000, Some(1 << 20))),
            ("300 at once: process-pool has at most 256; ask for as many, or leave it out by --only", |p| {
                p.at_once = 300
            }),
        ];
        for (why, change) in changes {
            let said = profile(change).check(&ALL).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
        assert_eq!(profile(|p| p.at_once = 300).check(&["thread-pool", "async-tasks"]), Ok(()));
    }

    #[test]
    fn times_and_sizes_have_units() {
        assert_eq!(time("250us"), Ok(Duration::from_micros(250)));
        assert_eq!(time("0ms"), Ok(Duration::ZERO));
        assert_eq!(time("1h"), Ok(Duration::from_secs(3600)));
        assert_eq!(["500", "500B", "40KB", "1MiB"].map(size), [Ok(500), Ok(500), Ok(40_000), Ok(1 << 20)]);
        for bad in ["5", "", "ms", "-5ms", "5 ms", "1.2.3s"] {
            assert!(time(bad).unwrap_err().contains("is no time"), "{bad}");
        }
        for bad in ["", "KB", "4.5KB", "9999999999999999999MB", "40kilo"] {
            assert!(size(bad).unwrap_err().contains("is no size"), "{bad}");
        }
    }

    #[test]
    fn items_are_full_twenties_of_the_same_flags_and_few_are_as_many_as_asked() {
        let count = |items| profile(|_| ()).workload("x", items, None, 20).work.count();
        assert_eq!([1, 7, 20, 21, 500, 503].map(count), [1, 7, 20, 40, 500, 520]);
    }
}
