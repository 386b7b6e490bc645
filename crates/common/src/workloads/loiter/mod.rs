//! The workload `loiter`: tasks that sleep and say so, to see in which order results come (the chapter's `demo_executor_map`).

mod delay;
mod run;

use std::time::Duration;

pub use delay::Delay;
pub use run::LoiterArgs;
pub(crate) use run::run;
use serde::{Deserialize, Serialize};

use crate::{
    run::{Cancel, Failure, Named, TaskSample},
    workloads::list::{Announcer, ListTask, Timing},
};

/// One task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Loiter {
    /// How long.
    pub delay: Delay,
    /// Says when it begins and ends.
    pub announcer: Announcer,
    /// What it is timed by.
    pub timing: Timing,
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

    fn timing(&self) -> &Timing {
        &self.timing
    }

    fn begin(&self) {
        let Self { delay, announcer, .. } = self;
        announcer.say(&format!("{}loiter({delay}): doing nothing for {delay}s...", delay.indent()));
    }

    fn wait(&self) -> Option<Duration> {
        Some(self.delay.duration())
    }

    fn answer(&self, _: &Cancel) -> Result<Delay, Failure> {
        let Self { delay, announcer, .. } = self;
        announcer.say(&format!("{}loiter({delay}): done.", delay.indent()));
        Ok(delay.tenfold())
    }
}

impl Named for Delay {
    fn name(&self) -> &'static str {
        "ok"
    }
}
