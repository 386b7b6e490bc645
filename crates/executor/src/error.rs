//! Why a future has no value.

use std::fmt;
use std::time::Duration;

/// Why a future has no value. Errors that the task itself returns are not in here: they are its value.
///
/// ```
/// use executor::{Error, Executor, Inline};
///
/// let result = Inline.submit(|| -> u32 { panic!("out of luck") }).result();
/// assert!(matches!(result, Err(Error::Panicked { message, .. }) if message == "out of luck"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The future was cancelled before its task started.
    Cancelled,
    /// The task panicked.
    Panicked {
        /// The panic's message.
        message: String,
        /// Where it happened, `file:line:column`, if that was noted.
        location: Option<String>,
    },
    /// The worker ended in the middle of the task.
    WorkerLost {
        /// The worker's process.
        pid: u32,
        /// Its exit status, if it exited by itself.
        code: Option<i32>,
        /// The number of the signal that ended it, if one did.
        signal: Option<i32>,
        /// How it ended, in words, e.g. `killed by SIGKILL`.
        how: String,
    },
    /// The task ran longer than the executor allows a task.
    TimedOut {
        /// What was allowed.
        after: Duration,
    },
    /// The results of a [`map`](crate::Executor::map_tasks) did not come within its timeout.
    MapTimedOut {
        /// The timeout, counted from the call of `map`.
        after: Duration,
    },
    /// The executor had been shut down when the task was submitted.
    Shutdown,
    /// The executor cannot run tasks any more.
    Broken {
        /// What broke it.
        reason: String,
    },
    /// The task, or its result, could not be carried to or from the worker.
    Failed {
        /// What was being done, e.g. `encode the task`.
        doing: String,
        /// What went wrong.
        reason: String,
    },
    /// The executor dropped its half of the future without finishing it.
    Abandoned,
}

impl Error {
    /// The names of the variants, as the `Debug` of a future prints them, each in the place that its kind says.
    pub(crate) const KINDS: [&str; 9] =
        ["Cancelled", "Panic", "WorkerLost", "TimedOut", "MapTimedOut", "Shutdown", "Broken", "Failed", "Abandoned"];

    pub(crate) fn kind(&self) -> u8 {
        match self {
            Self::Cancelled => 0,
            Self::Panicked { .. } => 1,
            Self::WorkerLost { .. } => 2,
            Self::TimedOut { .. } => 3,
            Self::MapTimedOut { .. } => 4,
            Self::Shutdown => 5,
            Self::Broken { .. } => 6,
            Self::Failed { .. } => 7,
            Self::Abandoned => 8,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => write!(f, "the task was cancelled before it started"),
            Self::Panicked { message, location: None } => write!(f, "the task panicked: {message}"),
            Self::Panicked { message, location: Some(place) } => write!(f, "the task panicked at {place}: {message}"),
            Self::WorkerLost { how, .. } => {
                write!(f, "the worker was lost while it ran the task: {how}")
            }
            Self::TimedOut { after } => write!(f, "the task ran longer than the {after:?} that it was allowed"),
            Self::MapTimedOut { after } => write!(f, "the result did not come within {after:?} of the call of map"),
            Self::Shutdown => write!(f, "the executor takes no tasks after its shutdown"),
            Self::Broken { reason } => write!(f, "the executor is broken: {reason}"),
            Self::Failed { doing, reason } => write!(f, "failed to {doing}: {reason}"),
            Self::Abandoned => write!(f, "the executor ended without running the task"),
        }
    }
}

impl std::error::Error for Error {}
