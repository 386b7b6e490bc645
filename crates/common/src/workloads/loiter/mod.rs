//! The workload `loiter`: tasks that sleep and say so, to see in which order results come (the chapter's `demo_executor_map`).

mod delay;
mod run;

pub use delay::Delay;
pub use run::LoiterArgs;
pub(crate) use run::run;
use serde::{Deserialize, Serialize};

use crate::{
    run::{Class, Clock, Failure, TaskRecorder, TaskSample},
    show::terminal,
};

/// What a strategy needs to know to loiter.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The tasks, in order of submission.
    pub tasks: Vec<Loiter>,
    /// How many loiter at a time.
    pub workers: usize,
    /// Whether results come as they complete, or in order of submission.
    pub as_completed: bool,
    /// Who says what happens.
    pub voice: Voice,
}

/// One task.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Loiter {
    /// How long.
    pub delay: Delay,
    /// Who says so.
    pub voice: Voice,
    /// What all times of the run are measured by.
    pub clock: Clock,
}

/// What was measured of one task; the answer is ten times its delay.
pub type Sample = TaskSample<Delay, Delay>;

/// Takes the samples of the tasks.
pub type Recorder = TaskRecorder<Delay, Delay>;

/// Prints lines that begin with the time of day, unless the run is to be silent.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Voice {
    /// Whether it prints anything.
    pub loud: bool,
}

impl Voice {
    /// `[15:56:50] Script starting.`
    pub fn say(self, text: &str) {
        if self.loud {
            // In one piece: a worker in another process may print at the same moment.
            terminal::print(&format!("[{}] {text}\n", jiff::Zoned::now().strftime("%H:%M:%S")));
        }
    }

    /// Shows the results before any of them is asked for.
    pub fn say_results(self, results: &dyn std::fmt::Debug) {
        self.say(&format!("results: {results:?}"));
        self.say("Waiting for individual results:");
    }
}

impl Loiter {
    /// Says that it begins.
    pub fn begin(&self) {
        let Self { delay, .. } = self;
        self.voice.say(&format!("{}loiter({delay}): doing nothing for {delay}s...", delay.indent()));
    }

    /// What comes of it, and says so: ten times the delay if `slept` to its end.
    ///
    /// # Errors
    /// It did not.
    pub fn end(&self, slept: bool) -> Result<Delay, Failure> {
        if !slept {
            return Err(Failure::new(Class::Interrupted, "interrupted"));
        }
        self.voice.say(&format!("{}loiter({}): done.", self.delay.indent(), self.delay));
        Ok(self.delay.tenfold())
    }
}
