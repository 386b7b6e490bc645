//! What the time of a contender rests on.

use serde::{Deserialize, Serialize};

/// What the time of a contender rests on, the surest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// A run in every round.
    #[default]
    Rounds,
    /// The one run of round 0: the budget does not pay for more.
    OneRun,
    /// No run, because a single one would break the budget: the server's delays, as its workers would wait for them.
    Computed,
}

impl Basis {
    /// How it is marked beside a figure that rests on less than all rounds.
    pub fn mark(self) -> Option<&'static str> {
        match self {
            Self::Rounds => None,
            Self::OneRun => Some("1 run"),
            Self::Computed => Some("computed"),
        }
    }

    /// The same, in brackets behind the figure.
    pub fn suffix(self) -> String {
        self.mark().map(|mark| format!(" ({mark})")).unwrap_or_default()
    }

    /// The name in the files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rounds => "rounds",
            Self::OneRun => "one-run",
            Self::Computed => "computed",
        }
    }

    /// Whether it is the usual one, which goes without saying.
    pub fn is_rounds(&self) -> bool {
        *self == Self::Rounds
    }
}
