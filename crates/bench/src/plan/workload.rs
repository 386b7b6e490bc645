//! The workloads: what every contender is asked to do.

use std::thread::available_parallelism;

use serde::{Deserialize, Serialize};

use crate::base::numbers::{duration, thousands};

/// The chapter's flags: the 20 most populous countries, in the order in which they are asked for.
pub const TOP_20: [&str; 20] = [
    "BD", "BR", "CD", "CN", "DE", "EG", "ET", "FR", "ID", "IN", "IR", "JP", "MX", "NG", "PH", "PK", "RU", "TR", "US",
    "VN",
];

/// The workload in which the chapter's own programs stand beside ours.
pub const CHAPTER: &str = "chapter";

/// A named set of tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// Its name on the command line and in the files.
    pub name: String,
    /// What is to be done.
    pub work: Work,
    /// Which of the two times the table compares.
    pub time: Time,
    /// The point that this workload is on the axis of a sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
}

/// The tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Work {
    /// Download flags and save them.
    Flags {
        /// The country codes.
        codes: Vec<String>,
        /// How often each is fetched.
        copies: usize,
        /// The most requests at once.
        concurrency: usize,
        /// The server's delays, as its `--delay` takes them; without any it answers at once.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        delay: Option<String>,
        /// The seed of the delays.
        seed: u64,
        /// The size of each flag in bytes, where the server fills them up to one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        size: Option<usize>,
        /// What is computed over each.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        cpu: Option<Cpu>,
        /// From nginx instead of our own server.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        nginx: bool,
    },
    /// Check the chapter's 20 numbers.
    Primes {
        /// Workers.
        workers: usize,
    },
    /// Take square roots: what is measured is the executor.
    Sqrt {
        /// How many.
        count: usize,
        /// Workers.
        workers: usize,
    },
    /// Run the function of a program of one's own, once for each task of its list: see the crate `side-by-side`.
    Own {
        /// How many tasks.
        count: usize,
        /// Workers.
        workers: usize,
    },
}

/// Work for the processor with each flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cpu {
    /// Rounds of SHA-256.
    pub rounds: u32,
    /// The processor time that they take on this machine, in microseconds.
    pub us: u64,
}

/// Which of the two times of a run the table compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Time {
    /// From the start of the process to its end, seen from outside.
    Wall,
    /// Inside `main`, as the program reports it: where the process itself would outweigh the work.
    Inside,
}

/// A place on the axis of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// What is varied.
    pub axis: Axis,
    /// Its value here.
    pub value: usize,
}

/// What a sweep varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// The number of requests at once.
    Concurrency,
    /// The number of flags.
    Items,
}

impl Workload {
    /// The five workloads, at their default sizes.
    pub fn defaults() -> Vec<Self> {
        let all = |work| Self::new(work, Time::Wall);
        let workers = cores();
        let top_20 = TOP_20.map(String::from).to_vec();
        let fast = Work::flags(3880, &every_code(), 30, None, 20);
        let waiting = |delay: &str| Work::Flags {
            codes: top_20.clone(),
            copies: 1,
            concurrency: 30,
            delay: Some(delay.into()),
            seed: 20,
            size: None,
            cpu: None,
            nginx: false,
        };
        vec![
            all(fast),
            all(waiting("10ms..100ms")),
            all(Work::Primes { workers }),
            Self::new(Work::Sqrt { count: 20, workers: 20 }, Time::Inside),
            // Short waits: a start of Python takes more than all of them, and its programs take as long as ten of ours.
            Self { name: CHAPTER.into(), ..all(waiting("2ms..20ms")) },
        ]
    }

    /// A workload, named after what is to be done.
    pub fn new(work: Work, time: Time) -> Self {
        Self { name: work.name().into(), work, time, point: None }
    }

    /// What is done, in words: `1,940 flags, fast server, 30 at once`.
    pub fn title(&self) -> String {
        if self.name == CHAPTER {
            return format!("the chapter's programs, and these: {}", self.work.title());
        }
        self.work.title()
    }
}

impl Work {
    fn title(&self) -> String {
        let number = |n| thousands(n as u64);
        match self {
            Work::Flags { delay: None, concurrency, size, cpu, nginx, .. } => {
                format!(
                    "{} flags{} from {}{}, at most {} at once",
                    number(self.count()),
                    size_words(*size),
                    if *nginx { "nginx" } else { "a fast server" },
                    cpu_words(*cpu),
                    number(*concurrency)
                )
            }
            Work::Flags { delay: Some(delay), concurrency, size, cpu, .. } => format!(
                "{} flags{} from a server that waits {}{}, at most {} at once",
                number(self.count()),
                size_words(*size),
                delay_words(delay),
                cpu_words(*cpu),
                number(*concurrency)
            ),
            Work::Primes { workers } => {
                format!("20 numbers checked for primality, {workers} workers")
            }
            Work::Sqrt { count, workers } => {
                format!("{} square roots, at most {workers} workers: what the executor itself costs", number(*count))
            }
            Work::Own { count, workers } => {
                let plural = if *count == 1 { "" } else { "s" };
                format!("{} task{plural} of one's own, at most {} at once", number(*count), number(*workers))
            }
        }
    }

    /// `count` flags out of `codes`: as many different ones as divide `count`, each as often as needed. A count that
    /// no number of codes above a half of them divides is rounded up to the next multiple of all.
    pub fn flags(count: usize, codes: &[String], concurrency: usize, delay: Option<String>, seed: u64) -> Self {
        let most = codes.len();
        let different = (most / 2..=most).rev().find(|&different| different > 0 && count.is_multiple_of(different));
        let (different, copies) = match different {
            _ if count <= most => (count, 1),
            Some(different) => (different, count / different),
            None => (most, count.div_ceil(most)),
        };
        Self::Flags {
            codes: codes[..different].to_vec(),
            copies,
            concurrency,
            delay,
            seed,
            size: None,
            cpu: None,
            nginx: false,
        }
    }

    /// The same with flags of one size, and something to compute over each.
    pub fn with(mut self, of_size: Option<usize>, to_compute: Option<Cpu>) -> Self {
        if let Self::Flags { size, cpu, .. } = &mut self {
            (*size, *cpu) = (of_size, to_compute);
        }
        self
    }

    /// The same, from nginx; a server that waits stays ours.
    pub fn from_nginx(mut self) -> Self {
        if let Self::Flags { nginx, delay: None, .. } = &mut self {
            *nginx = true;
        }
        self
    }

    /// The kind of work, as a contender names it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Flags { .. } => "flags",
            Self::Primes { .. } => "primes",
            Self::Sqrt { .. } => "sqrt",
            Self::Own { .. } => "own",
        }
    }

    /// What such a workload is usually called.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Flags { delay: None, .. } => "flags-local",
            Self::Flags { delay: Some(_), .. } => "flags-delay",
            other => other.kind(),
        }
    }

    /// How many tasks there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Flags { codes, copies, .. } => codes.len() * copies,
            Self::Primes { .. } => crate::plan::primes::PRIMES.len(),
            Self::Sqrt { count, .. } | Self::Own { count, .. } => *count,
        }
    }

    /// The most tasks at once, and never more than there are.
    pub fn workers(&self) -> usize {
        self.most_at_once().min(self.count())
    }

    /// The most tasks at once, as was asked for.
    pub fn most_at_once(&self) -> usize {
        match self {
            Self::Flags { concurrency: most, .. }
            | Self::Primes { workers: most }
            | Self::Sqrt { workers: most, .. }
            | Self::Own { workers: most, .. } => *most,
        }
    }
}

/// ` of 40,000 bytes`.
fn size_words(size: Option<usize>) -> String {
    size.map(|size| format!(" of {} bytes", thousands(size as u64))).unwrap_or_default()
}

/// `, 5.00 ms of computing each`.
fn cpu_words(cpu: Option<Cpu>) -> String {
    cpu.map(|cpu| format!(", {} of computing each", duration(cpu.us as f64))).unwrap_or_default()
}

/// `10ms..100ms` as `10 to 100 ms`.
pub fn delay_words(delay: &str) -> String {
    let Some((from, to)) = delay.split_once("..") else { return delay.into() };
    let number_and_unit = |text: &str| {
        let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        // Without a unit the server takes it as seconds.
        (text[..end].to_string(), if end < text.len() { text[end..].to_string() } else { "s".into() })
    };
    let ((from, unit), (to, other)) = (number_and_unit(from), number_and_unit(to));
    if unit == other { format!("{from} to {to} {unit}") } else { format!("{from} {unit} to {to} {other}") }
}

/// The 194 codes that have a flag, in alphabetical order.
pub fn every_code() -> Vec<String> {
    include_str!("codes.txt").split_whitespace().map(String::from).collect()
}

/// The 676 codes that there could be, AA to ZZ.
pub fn possible_codes() -> Vec<String> {
    let letters = 'A'..='Z';
    letters.clone().flat_map(|first| letters.clone().map(move |second| format!("{first}{second}"))).collect()
}

/// The processor cores that this process may use.
pub fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_made_of_as_many_different_flags_as_divide_it() {
        let codes = every_code();
        assert_eq!(codes.len(), 194);
        for (count, different, copies) in
            [(1, 1, 1), (20, 20, 1), (194, 194, 1), (200, 100, 2), (1_940, 194, 10), (10_000, 125, 80)]
        {
            let Work::Flags { codes, copies: found, .. } = Work::flags(count, &codes, 30, None, 20) else {
                unreachable!()
            };
            assert_eq!((codes.len(), found), (different, copies), "{count}");
        }
    }

    #[test]
    fn a_count_without_such_a_divisor_is_rounded_up() {
        assert_eq!(Work::flags(997, &every_code(), 30, None, 20).count(), 6 * 194);
    }

    #[test]
    fn delays_are_said_with_their_unit() {
        assert_eq!(delay_words("10ms..100ms"), "10 to 100 ms");
        assert_eq!(delay_words("0.5..5"), "0.5 to 5 s");
        assert_eq!(delay_words("500ms..5s"), "500 ms to 5 s");
    }

    #[test]
    fn no_more_workers_than_tasks() {
        assert_eq!(Work::flags(20, &every_code(), 30, None, 20).workers(), 20);
        assert_eq!(Work::flags(200, &every_code(), 30, None, 20).workers(), 30);
    }
}
