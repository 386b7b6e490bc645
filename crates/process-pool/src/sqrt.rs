//! Square roots, in the workers of a pool.

use common::{Run, sqrt};
use executor::ProcessPool;

use crate::remote::Root;

/// Takes the roots of 0, 1, 2 and so on in the workers of a new pool, shuts it down, and adds them up.
///
/// # Errors
/// There could be no pool, or a root was not taken.
pub fn root_many(roots: &sqrt::Roots, run: &mut Run<sqrt::Measurement>) -> anyhow::Result<f64> {
    let pool = ProcessPool::new(roots.workers)?;
    let sum = pool.map(Root, 0..roots.tasks).sum::<Result<f64, _>>()?;
    run.shut_down(&pool);
    Ok(sum)
}
