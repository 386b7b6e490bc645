//! What is raced. The page asks in the words of the command line, and is bounded by the same reader.

use std::time::Duration;

use anyhow::{Result, bail};
use bench::plan::strategies::{self, Strategy};
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, ValueEnum};

/// How many flags there are.
const FLAGS: u64 = 194;
/// How many of them the programs fetch unless they are told to fetch all: those of the most populous countries.
const POPULOUS: u64 = 20;
/// The longest wait that may be asked for.
const LONGEST: Duration = Duration::from_secs(10);
/// How long an answer is waited for where faults are, one of which is that none comes.
const PATIENCE: &str = "1";

/// What is raced.
#[derive(Args, Clone, Debug)]
pub struct Knobs {
    /// Race only this strategy; may be repeated.
    #[arg(long, value_name = "STRATEGY", value_parser = PossibleValuesParser::new(names()))]
    only: Vec<String>,
    /// The work: flags to download, or the chapter's 20 numbers to check for primality.
    #[arg(long, value_enum, default_value_t = Work::Flags)]
    pub work: Work,
    /// How many flags: up to 20 those of the most populous countries, beyond that of all in the order of the alphabet.
    #[arg(long, value_name = "N", default_value_t = POPULOUS, value_parser = whole(FLAGS))]
    flags: u64,
    /// How long the server waits before each answer, the same for every strategy: MIN..MAX, like 50ms..0.5s, up to 10s; or 0.
    #[arg(long, value_name = "MIN..MAX", default_value = "100ms..1s", value_parser = delay)]
    delay: String,
    /// The most requests at once [default: 20], or the most numbers [default: one per CPU].
    #[arg(short = 'm', long, visible_alias = "max_req", value_name = "N", value_parser = whole(1000))]
    max_req: Option<u64>,
    /// What goes wrong: nothing, a quarter of the answers are errors, or a quarter meet one of the faults of a hostile server.
    #[arg(long, value_enum, default_value_t = Errors::None)]
    errors: Errors,
    /// How often each strategy runs. One run each tells no order under 5 %; for four strategies, from 8 rounds on what is told is sure.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole(31))]
    pub rounds: u64,
    /// What delays and errors follow from.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = seed)]
    pub seed: u64,
}

/// Parses a whole number from 1 to `most`.
fn whole(most: u64) -> impl Fn(&str) -> Result<u64, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| format!("a whole number, 1 to {most}"))
    }
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a whole number".to_owned())
}

/// The work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Work {
    /// Flags from a server
    Flags,
    /// Numbers to check
    Primes,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Errors {
    /// Nothing
    None,
    /// A quarter of the answers are 418
    Error,
    /// A quarter of the answers meet a fault
    Faults,
}

fn names() -> Vec<&'static str> {
    strategies::all().iter().map(|strategy| strategy.name.as_str()).collect()
}

impl Knobs {
    /// Reads the query of an address, `flags=50&delay=0.1..1`, as if `--flags=50 --delay=0.1..1` had been typed.
    ///
    /// # Errors
    /// What the command line would not take, either.
    pub fn from_query(query: &str) -> Result<Self> {
        #[derive(Parser)]
        #[command(name = "race", no_binary_name = true, disable_help_flag = true, disable_version_flag = true)]
        struct Asked {
            #[command(flatten)]
            knobs: Knobs,
        }
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| format!("--{pair}"));
        match Asked::try_parse_from(pairs) {
            Ok(asked) => Ok(asked.knobs),
            Err(error) => bail!("{}", error.to_string().lines().next().unwrap_or_default()),
        }
    }

    /// The same as a query; what is as by default is left out.
    pub fn query(&self) -> String {
        let mut pairs: Vec<String> = self.only.iter().map(|name| format!("only={name}")).collect();
        let named = |value: &dyn Fn() -> Option<clap::builder::PossibleValue>| {
            value().map(|value| value.get_name().to_owned()).unwrap_or_default()
        };
        pairs.push(format!("work={}", named(&|| self.work.to_possible_value())));
        pairs.push(format!("flags={}&delay={}", self.flags, self.delay));
        pairs.extend(self.max_req.map(|max_req| format!("max_req={max_req}")));
        pairs.push(format!(
            "errors={}&rounds={}&seed={}",
            named(&|| self.errors.to_possible_value()),
            self.rounds,
            self.seed
        ));
        pairs.join("&")
    }

    /// The strategies that take part, in the order of their list.
    pub fn strategies(&self) -> Vec<&'static Strategy> {
        let takes_part = |strategy: &&Strategy| self.only.is_empty() || self.only.contains(&strategy.name);
        strategies::all().iter().filter(takes_part).collect()
    }

    /// The flag server that the work needs, by its kind and the arguments of that; none for the numbers.
    pub fn server(&self) -> Option<Vec<&str>> {
        let delay = self.delay.as_str();
        match (self.work, self.errors) {
            (Work::Primes, _) => None,
            (Work::Flags, Errors::Faults) => Some(vec!["faults"]),
            (Work::Flags, Errors::Error) => Some(vec!["error", "--delay", delay]),
            (Work::Flags, Errors::None) if delay == AT_ONCE => Some(vec!["local"]),
            (Work::Flags, Errors::None) => Some(vec!["delay", "--delay", delay]),
        }
    }

    /// What a strategy's program is told, beside where the server is and where to save.
    pub fn arguments(&self) -> Vec<String> {
        let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        match self.work {
            Work::Primes => {
                let workers = self.max_req.map(|workers| workers.to_string());
                [text(&["primes"]), workers.into_iter().collect()].concat()
            }
            Work::Flags => {
                let max_req = self.max_req.unwrap_or(POPULOUS).to_string();
                let all = if self.flags > POPULOUS { text(&["--all"]) } else { Vec::new() };
                let patience = if self.errors == Errors::Faults { text(&["--timeout", PATIENCE]) } else { Vec::new() };
                [text(&["flags", "--limit", &self.flags.to_string(), "-m", &max_req]), all, patience].concat()
            }
        }
    }

    /// How many tasks there are.
    pub fn tasks(&self) -> u64 {
        if self.work == Work::Flags { self.flags } else { 20 }
    }

    /// The work in words: what every strategy meets.
    pub fn words(&self) -> String {
        let flags = match self.flags {
            1 => "1 flag".to_owned(),
            flags => format!("{flags} flags"),
        };
        let waits = if self.delay == AT_ONCE { "at once".into() } else { format!("after {} s", self.delay) };
        match (self.work, self.errors) {
            (Work::Primes, _) => "20 numbers to check for primality".into(),
            (Work::Flags, Errors::None) => format!("{flags} from a server that answers {waits}"),
            (Work::Flags, Errors::Error) => {
                format!("{flags} from a server that answers {waits}, a quarter of them with an error")
            }
            (Work::Flags, Errors::Faults) => {
                format!("{flags} from a server of which a quarter of the answers meet a fault")
            }
        }
    }
}

/// The delay of a server that has none.
const AT_ONCE: &str = "0..0";

/// Reads `0.1..1`, `100ms..1s` or `0`, and gives it in seconds.
fn delay(text: &str) -> Result<String, String> {
    let (min, max) = text.split_once("..").unwrap_or((text, text));
    let (min, max) = (time(min)?, time(max)?);
    if min > max {
        return Err("it ends before it begins".into());
    }
    Ok(format!("{}..{}", min.as_secs_f64(), max.as_secs_f64()))
}

fn time(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e-3),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let seconds = number.parse::<f64>().ok().and_then(|number| Duration::try_from_secs_f64(number * unit).ok());
    let time = seconds.ok_or("write it like 0.1..1 or 100ms..1s, in seconds unless it says otherwise")?;
    if time > LONGEST { Err(format!("at most {} s", LONGEST.as_secs())) } else { Ok(time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knobs(query: &str) -> Knobs {
        Knobs::from_query(query).unwrap()
    }

    #[test]
    fn a_page_asks_in_the_words_of_the_command_line_and_gets_its_bounds() {
        let asked =
            knobs("only=thread-pool&only=async-tasks&flags=50&delay=10ms..0.5s&max_req=7&errors=error&rounds=3");
        let names: Vec<_> = asked.strategies().iter().map(|strategy| strategy.name.as_str()).collect();
        assert_eq!(names, ["thread-pool", "async-tasks"]);
        assert_eq!(asked.server(), Some(vec!["error", "--delay", "0.01..0.5"]));
        assert_eq!(asked.arguments(), ["flags", "--limit", "50", "-m", "7", "--all"]);
        for (query, why) in [
            ("flags=195", "a whole number, 1 to 194"),
            ("flags=0", "a whole number, 1 to 194"),
            ("delay=1..11", "at most 10 s"),
            ("delay=2..1", "it ends before it begins"),
            ("delay=-1..1", "write it like"),
            ("delay=NaN..1", "write it like"),
            ("max_req=1001", "a whole number, 1 to 1000"),
            ("rounds=32", "a whole number, 1 to 31"),
            ("seed=x", "a whole number"),
            ("only=curl", "invalid value 'curl'"),
            ("web", "unexpected argument '--web'"),
            ("bin=/tmp", "unexpected argument '--bin'"),
            ("flags=1&flags=2", "cannot be used multiple times"),
        ] {
            let error = Knobs::from_query(query).unwrap_err().to_string();
            assert!(error.contains(why), "{query}: {error}");
        }
    }

    #[test]
    fn a_query_asks_for_the_same_again() {
        for query in ["", "work=primes&max_req=2", "flags=3&delay=0&errors=faults&only=sequential&seed=7"] {
            let once = knobs(query).query();
            assert_eq!(knobs(&once).query(), once);
        }
        assert!(knobs("flags=3&delay=0").query().contains("flags=3&delay=0..0"));
    }

    #[test]
    fn without_a_delay_the_server_is_the_local_one_and_for_numbers_there_is_none() {
        assert_eq!(knobs("delay=0").server(), Some(vec!["local"]));
        assert_eq!(knobs("work=primes").server(), None);
        assert_eq!(knobs("work=primes&max_req=3").arguments(), ["primes", "3"]);
        assert_eq!(knobs("").arguments(), ["flags", "--limit", "20", "-m", "20"]);
    }
}
