//! What a race tells, as it happens, and what the programs say of themselves by `--events`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use bench::base::{sanity, untrusted};
use serde::{Deserialize, Serialize};

use crate::places::Standing;

/// What a race tells.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Told {
    /// It begins.
    Race { work: String, pending: bool, rounds: u64, panes: Vec<Pane> },
    /// A strategy's run begins.
    Run { pane: usize, round: u64 },
    /// A task begins. Tasks are told of the first round only.
    Begin { pane: usize, task: Begin },
    /// A task has ended.
    Task { pane: usize, task: Task },
    /// A strategy's run has ended.
    End { pane: usize, round: u64, elapsed_us: u64, counts: BTreeMap<String, u64> },
    /// A strategy's run did not end as it should: it is out of the race.
    Failed { pane: usize, why: String },
    /// It is over.
    Result(Standing),
    /// It was interrupted, or could not go on.
    Stopped { why: String },
}

/// One strategy's place on the screen.
#[derive(Clone, Debug, Serialize)]
pub struct Pane {
    /// The strategy.
    pub name: &'static str,
    /// What its tasks run in.
    pub kind: &'static str,
    /// How many tasks it has.
    pub total: u64,
}

/// A task that begins, as the replay takes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Begin {
    /// The country code or the number.
    #[serde(rename(serialize = "label"))]
    pub task: String,
    /// Which copy of it.
    pub copy: u64,
    /// The worker that does it, from 0.
    #[serde(rename(serialize = "lane"))]
    pub worker: u64,
    /// When, in microseconds since the run started.
    #[serde(rename(serialize = "start_us"))]
    pub at_us: u64,
}

/// A task that has ended, as the replay takes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Task {
    /// The country code or the number.
    #[serde(rename(serialize = "label"))]
    pub task: String,
    /// Which copy of it.
    pub copy: u64,
    /// How it ended: `ok`, `error`, `prime` …
    pub outcome: String,
    /// The kind of error.
    pub class: Option<String>,
    /// What the error was.
    pub cause: Option<String>,
    /// The worker that did it, from 0.
    #[serde(rename(serialize = "lane"))]
    pub worker: u64,
    /// Its start, in microseconds since the run started.
    pub start_us: u64,
    /// Its end.
    pub end_us: u64,
}

/// A line of `--events`.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Said {
    /// The run begins.
    Run {},
    /// A task begins.
    Start(Begin),
    /// A task has ended.
    Sample(Task),
    /// The run has ended.
    End { counts: BTreeMap<String, u64>, elapsed_us: u64 },
}

impl Said {
    /// Reads a line.
    ///
    /// # Errors
    /// One that is no event, or cannot be true.
    pub fn read(line: &[u8]) -> Result<Self> {
        let said: Self = untrusted::from_json(line).context("it said what is no event")?;
        let (start, end) = match &said {
            Self::Run {} => (0, 0),
            Self::Start(Begin { at_us, .. }) => (*at_us, *at_us),
            Self::Sample(Task { start_us, end_us, .. }) => (*start_us, *end_us),
            Self::End { elapsed_us, .. } => (0, *elapsed_us),
        };
        ensure!(start <= end && end <= sanity::LARGEST, "it said what cannot be true: from {start} to {end} µs");
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_told_in_the_words_of_the_replay_and_its_text_is_harmless() {
        let line = br#"{"event":"sample","task":"B\u001bR","copy":1,"outcome":"error","class":"HTTP 418","cause":"x","bytes":0,
            "worker":3,"attempts":1,"start_us":5,"end_us":9,"phases":{}}"#;
        let Said::Sample(task) = Said::read(line).unwrap() else { panic!("a sample") };
        let told = serde_json::to_value(Told::Task { pane: 1, task }).unwrap();
        assert_eq!(
            told,
            serde_json::json!({"event": "task", "pane": 1, "task": {"label": "B\\u{1b}R", "copy": 1, "outcome": "error",
                "class": "HTTP 418", "cause": "x", "lane": 3, "start_us": 5, "end_us": 9}})
        );
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for line in [
            "",
            "x",
            "{}",
            r#"{"event":"dance"}"#,
            r#"{"event":"start","task":"BR","copy":1,"worker":0,"at_us":99999999999999}"#,
        ] {
            assert!(Said::read(line.as_bytes()).is_err(), "{line}");
        }
    }
}
