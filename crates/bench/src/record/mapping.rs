//! `map.json`: the grid of `bench map`.

use serde::{Deserialize, Serialize};

use crate::base::numbers::duration;
use crate::base::sanity;

/// The name of the file.
pub const FILE: &str = "map.json";

/// The most steps of an axis.
pub const MOST_STEPS: usize = 12;

/// The grid: each delay with each computing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    /// The server's delays in microseconds, ascending.
    pub delays_us: Vec<u64>,
    /// The processor time for each item in microseconds, ascending.
    pub cpus_us: Vec<u64>,
    /// How many items there are in each cell.
    pub items: usize,
    /// How many are under way at once.
    pub at_once: usize,
}

impl Mapping {
    /// The workload of a cell.
    pub fn name(delay_us: u64, cpu_us: u64) -> String {
        format!("wait {} compute {}", duration(delay_us as f64), duration(cpu_us as f64))
    }

    /// Whether there can be such a grid.
    ///
    /// # Errors
    /// Why not, as a fragment that fits after "it cannot be true: ".
    pub fn check(&self) -> Result<(), String> {
        for (name, steps) in [("delays", &self.delays_us), ("times of computing", &self.cpus_us)] {
            if !(1..=MOST_STEPS).contains(&steps.len()) {
                return Err(format!("{} {name}: give 1 to {MOST_STEPS}", steps.len()));
            }
            if !steps.is_sorted_by(|one, other| one < other) {
                return Err(format!("the {name} do not ascend"));
            }
            steps.iter().try_for_each(|step| sanity::check([(name, *step as f64)]))?;
        }
        sanity::check([("items", self.items as f64), ("at_once", self.at_once as f64)])
    }
}
