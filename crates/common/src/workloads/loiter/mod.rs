//! The workload `loiter`: tasks that sleep and say so, to see in which order results come (the chapter's `demo_executor_map`).

mod delay;
mod run;

pub use delay::Delay;
pub use run::LoiterArgs;
pub(crate) use run::run;
use serde::{Deserialize, Serialize};

use crate::{
    run::{Cancel, Clock, Failure, Named, Starts, TaskSample},
    workloads::list::{Announcer, ListTask},
};

/// One task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Loiter {
    /// How long.
    pub delay: Delay,
    /// Says when it begins and ends.
    pub announcer: Announcer,
    /// What all times of the run are measured by.
    pub clock: Clock,
    /// Who hears that it starts, in this process.
    #[serde(skip)]
    pub starts: Starts,
}

/// What was measured of one task; the answer is ten times its delay.
pub type Sample = TaskSample<Delay, Delay>;

impl ListTask for Loiter {
    const NAME: &'static str = "loiter";
    type Key = Delay;
    type Answer = Delay;

    fn key(&self) -> Delay {
        self.delay
    }

    fn run(&self, worker: usize, cancel: &Cancel) -> Sample {
        self.begin();
        TaskSample::measure(self.delay, worker, self.clock, &self.starts, || {
            self.end(cancel.sleep(self.delay.duration()))
        })
    }
}

impl Named for Delay {
    fn name(&self) -> &'static str {
        "ok"
    }
}

impl Loiter {
    /// Says that it begins.
    pub fn begin(&self) {
        let Self { delay, .. } = self;
        self.announcer.say(&format!("{}loiter({delay}): doing nothing for {delay}s...", delay.indent()));
    }

    /// What comes of it, and says so: ten times the delay if it `slept` to its end.
    ///
    /// # Errors
    /// It did not.
    pub fn end(&self, slept: bool) -> Result<Delay, Failure> {
        if !slept {
            return Err(Failure::interrupted());
        }
        self.announcer.say(&format!("{}loiter({}): done.", self.delay.indent(), self.delay));
        Ok(self.delay.tenfold())
    }
}
