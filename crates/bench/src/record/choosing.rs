//! `choose.json`: what `bench choose` was asked, and what it predicted before it measured.

use serde::{Deserialize, Serialize};

use crate::base::sanity;
use crate::plan::profile::Profile;

/// The name of the file.
pub const FILE: &str = "choose.json";

/// The name of the workload.
pub const WORKLOAD: &str = "choose";

/// What was asked, and what was predicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choosing {
    /// The work.
    pub profile: Profile,
    /// The items of a measured run: fewer than there are where the budget asks for it.
    pub items: usize,
    /// The same with few items; none where there are not enough to have two sizes.
    pub few: Option<Few>,
    /// All delays of the work one after another, in microseconds.
    pub delays_us: u64,
    /// The rounds of SHA-256 that take a millisecond of this machine.
    pub rounds_per_ms: f64,
    /// What was predicted for each, in the order from the simplest to write.
    pub predictions: Vec<Predicted>,
}

/// Few items, from which it is known what it costs to start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Few {
    /// How many.
    pub items: usize,
    /// Their delays one after another, in microseconds.
    pub delays_us: u64,
    /// The time of each strategy for them, in microseconds: the median of three runs before the first round.
    pub times_us: Vec<(String, f64)>,
}

impl Few {
    /// The time of this strategy.
    pub fn time_us(&self, contender: &str) -> Option<f64> {
        self.times_us.iter().find(|(name, _)| name == contender).map(|(_, time)| *time)
    }
}

/// A prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predicted {
    /// Whose.
    pub contender: String,
    /// Its time for the items of a measured run, in microseconds.
    pub wall_us: f64,
    /// Its time for all items of the work.
    pub whole_us: f64,
    /// Whether it is only predicted for that many items, since to measure it would break the budget.
    pub is_only_computed: bool,
    /// What limits it, with all items.
    pub limit: Limit,
    /// The fewest at once that would do, and the time with as many.
    pub knee: Knee,
}

/// Where more at once gains nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Knee {
    /// How many at once.
    pub at_once: usize,
    /// The time for all items of the work, in microseconds.
    pub wall_us: f64,
}

/// What keeps a strategy from being faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// The server's longest delay: even with all items at once it must be waited for.
    Delays,
    /// The processors: they compute all the time.
    Processors,
    /// The number at once: more of it would help.
    AtOnce,
    /// The start of the program: more items would take hardly longer.
    StartUp,
}

impl Choosing {
    /// Whether this can have been said.
    ///
    /// # Errors
    /// What cannot, as a fragment that fits after "it cannot be true: ".
    pub fn check(&self) -> Result<(), String> {
        let Profile { items, at_once, cpu_us, size, .. } = &self.profile;
        sanity::check([
            ("items", *items as f64),
            ("the measured items", self.items as f64),
            ("the few items", self.few.as_ref().map_or(0, |few| few.items) as f64),
            ("their delays", self.few.as_ref().map_or(0, |few| few.delays_us) as f64),
            ("at_once", *at_once as f64),
            ("cpu_us", *cpu_us as f64),
            ("size", size.unwrap_or_default() as f64),
            ("delays_us", self.delays_us as f64),
            ("rounds_per_ms", self.rounds_per_ms),
        ])?;
        let few = self.few.iter().flat_map(|few| &few.times_us);
        few.map(|(_, time)| *time).try_for_each(|time| sanity::check([("the time of few items", time)]))?;
        self.predictions.iter().try_for_each(|one| {
            sanity::name(&one.contender)?;
            let times = [("wall_us", one.wall_us), ("whole_us", one.whole_us), ("the knee", one.knee.wall_us)];
            sanity::check(times)
        })
    }
}
