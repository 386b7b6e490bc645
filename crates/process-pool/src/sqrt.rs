//! Square roots, in the processes of a pool.

use common::{
    Usage,
    sqrt::{Settings, root},
};
use executor::{ProcessPool, RemoteTask, Task, processes::Tasks};
use serde::{Deserialize, Serialize};

/// Takes the roots of 0, 1, 2 and so on in the processes of a new pool, shuts it down, and adds them up.
///
/// # Errors
/// There could be no pool, or a root was not taken.
pub fn root_many(settings: &Settings, workers: &mut Usage) -> anyhow::Result<f64> {
    let pool = ProcessPool::new(settings.workers)?;
    let sum = pool.map(Root, 0..settings.tasks).sum::<Result<f64, _>>()?;
    pool.shutdown(true, false);
    *workers = workers.then(pool.usage());
    Ok(sum)
}

/// Adds the tasks of this workload to those that a worker knows.
pub fn add_tasks(tasks: &mut Tasks) {
    tasks.add::<Root>();
}

/// Takes one root, in a worker.
#[derive(Serialize, Deserialize)]
struct Root(usize);

impl Task for Root {
    type Output = f64;

    fn run(self) -> f64 {
        root(self.0)
    }
}

impl RemoteTask for Root {
    const NAME: &'static str = "root";
}
