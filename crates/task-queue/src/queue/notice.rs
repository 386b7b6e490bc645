//! What a queue says while it waits.

use std::{fmt, mem::Discriminant, time::Instant};

use super::{Shared, lock};

/// What a run waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The connection to the server is lost.
    Down,
    /// The server has no room for more tasks.
    Full,
    /// Somebody has taken the queue away; it is made again.
    NoStream,
    /// The server did not say that it has stored a task. Why.
    NotStored(String),
    /// There is no worker; on these hosts there are some of another version.
    NoWorker(Vec<String>),
    /// So many tasks were lost on the server, and are submitted again.
    Lost(usize),
}

/// What was said last, and when.
pub type Said = Option<(Discriminant<Notice>, Instant)>;

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Down => write!(f, "waiting for the queue's server: the connection is lost"),
            Self::Full => write!(f, "waiting for room in the queue: it is full"),
            Self::NoStream => write!(f, "waiting for the queue to be made again: it was taken away"),
            Self::NotStored(why) => write!(f, "waiting for the queue's server to store a task: {why}"),
            Self::NoWorker(others) if others.is_empty() => {
                write!(f, "waiting for a worker: none serves the queue")
            }
            Self::NoWorker(others) => {
                write!(f, "waiting for a worker: those on {} are of another version of this program", others.join(", "))
            }
            Self::Lost(tasks) => write!(f, "the queue's server has lost {tasks} tasks: they are submitted again"),
        }
    }
}

impl Shared {
    /// Says a thing once, for as long as it lasts.
    pub fn notice(&self, notice: &Notice) {
        let kind = std::mem::discriminant(notice);
        let last = lock(&self.said).replace((kind, Instant::now()));
        if last.is_none_or(|(last, _)| last != kind) {
            (self.options.on_notice.0)(notice);
        }
    }

    /// What was waited for has come.
    pub fn went_well(&self) {
        lock(&self.said).take();
    }
}
