//! The cases that every executor must pass.

use executor::behaviours::Subject;
use executor::processes::ProcessPool;
use libtest_mimic::Trial;

use crate::tasks::Probing;

struct Processes;

impl Subject for Processes {
    type Task = Probing;
    type Pool = ProcessPool;

    fn pool(workers: usize) -> Result<ProcessPool, String> {
        crate::support::builder(workers).build().map_err(|error| error.to_string())
    }
}

macro_rules! shared_trials {
    ($subject:ty; $($module:ident: [$($case:ident,)*])*) => {
        [$($(crate::trial(
            concat!("shared::", stringify!($module), "::", stringify!($case)),
            executor::behaviours::$module::$case::<$subject>,
        )),*),*].into_iter().flatten().collect()
    };
}

pub fn trials() -> Vec<Trial> {
    executor::each_behaviour! { [shared_trials] Processes }
}
