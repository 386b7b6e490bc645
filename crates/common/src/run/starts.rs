//! The start of a task, and who is told of it.

use std::{
    fmt::{self, Display},
    sync::Arc,
};

/// That a task starts.
pub struct Start<'a> {
    /// What it is: a country code, a number.
    pub task: &'a dyn Display,
    /// Which copy of it, from 1.
    pub copy: u32,
    /// The worker that does it, from 0.
    pub worker: usize,
    /// When, in microseconds since the run started.
    pub at: u64,
}

/// The listener that is told of each start as it happens; by default there is none, and it costs nothing.
///
/// It does not go to other processes: what starts there is known here when its sample comes.
#[derive(Clone, Default)]
pub struct Starts(Option<Arc<Listener>>);

type Listener = dyn Fn(Start<'_>) + Send + Sync;

impl Starts {
    /// Starts that are told to this function, in the thread that runs the task: it should be quick.
    pub fn heard_by(listener: impl Fn(Start<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    /// Tells of a start.
    pub fn tell(&self, start: Start<'_>) {
        if let Some(listener) = &self.0 {
            listener(start);
        }
    }
}

impl fmt::Debug for Starts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Starts").field(&self.0.is_some()).finish()
    }
}
