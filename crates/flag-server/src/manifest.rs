//! `/manifest.json`: what this server has, and what it will do, told in advance.

use crate::attempts::MOST_COPIES;
use crate::{Code, Config, outcome};
use serde::Serialize;

/// The most outcomes in one manifest, some 40 MB of JSON; 100,000 downloads have room.
const MOST_OUTCOMES: u64 = 200_000;

/// The whole manifest. Fields are only ever added; if one has to change, `schema_version` does.
#[derive(Serialize)]
struct Manifest<'a> {
    schema_version: u32,
    seed: u64,
    /// The shortest and the longest delay, in milliseconds; null on a server without.
    delay_ms: Option<[f64; 2]>,
    error_rate: f64,
    flags: Vec<Row<'a>>,
}

/// A code, or a copy of it (`?copy=2`). Country, size and digest are null where there is no flag.
#[derive(Serialize)]
struct Row<'a> {
    code: String,
    copy: u32,
    country: Option<&'a str>,
    /// Bytes of the GIF.
    size: Option<usize>,
    sha256: Option<&'a str>,
    /// What the first, the second… request for it meets.
    attempts: Vec<Attempt>,
}

#[derive(Serialize)]
struct Attempt {
    delay_us: u64,
    status: u16,
}

/// Writes the manifest that a query asks for: `codes=AA,BR` (those with a flag, if it does not say),
/// `copies=N` and `attempts=K` of each (1).
///
/// # Errors
/// A query that is none of these, or that asks for more than [`MOST_OUTCOMES`].
pub fn manifest(config: &Config, query: &str) -> Result<Vec<u8>, String> {
    let mut codes = None;
    let (mut copies, mut attempts) = (1, 1);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("codes", list)) => {
                codes = Some(list.split(',').map(str::parse).collect::<Result<Vec<Code>, _>>()?);
            }
            Some(("copies", number)) => copies = count(number)?,
            Some(("attempts", number)) => attempts = count(number)?,
            _ => return Err(format!("{pair:?} is none of codes=, copies=, attempts=")),
        }
    }
    let codes = codes.unwrap_or_else(|| config.flags.codes().collect());
    if codes.len() as u64 * u64::from(copies) * u64::from(attempts) > MOST_OUTCOMES {
        return Err(format!("a manifest has at most {MOST_OUTCOMES} outcomes: ask for fewer"));
    }

    let row = |code, copy| row(config, code, copy, attempts);
    let rows = codes.iter().flat_map(|&code| (1..=copies).map(move |copy| row(code, copy)));
    let milliseconds = |delay: std::time::Duration| delay.as_secs_f64() * 1e3;
    let manifest = Manifest {
        schema_version: 1,
        seed: config.seed,
        delay_ms: config.delay.map(|(min, max)| [min, max].map(milliseconds)),
        error_rate: config.error_rate,
        flags: rows.collect(),
    };
    serde_json::to_vec(&manifest).map_err(|e| e.to_string())
}

fn row(config: &Config, code: Code, copy: u32, attempts: u32) -> Row<'_> {
    let flag = config.flags.get(code);
    let attempt = |attempt| {
        let outcome = outcome(config, code, copy, attempt);
        let status = match flag {
            _ if outcome.error => 418,
            Some(_) => 200,
            None => 404,
        };
        Attempt { delay_us: outcome.delay.as_micros() as u64, status }
    };
    Row {
        code: code.to_string(),
        copy,
        country: flag.map(|flag| flag.country.as_str()),
        size: flag.map(|flag| flag.gif.size()),
        sha256: flag.map(|flag| flag.gif.sha256.as_str()),
        attempts: (0..attempts).map(attempt).collect(),
    }
}

fn count(number: &str) -> Result<u32, String> {
    let count = number.parse().ok().filter(|count| (1..=MOST_COPIES).contains(count));
    count.ok_or_else(|| format!("{number:?} is no number from 1 to {MOST_COPIES}"))
}
