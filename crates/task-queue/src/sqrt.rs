//! Square roots, in the workers of a queue.

use common::{Run, sqrt};

use crate::{place, remote::Root};

/// Takes the roots of 0, 1, 2 and so on in the workers of a new queue, shuts it down, and adds them up.
///
/// # Errors
/// There could be no queue, or a root was not taken.
pub fn root_many(roots: &sqrt::Roots, run: &mut Run<sqrt::Measurement>) -> anyhow::Result<f64> {
    let queue = place::queue(roots.workers)?;
    let sum = queue.map(Root, 0..roots.tasks).sum::<Result<f64, _>>()?;
    run.shut_down(&queue);
    Ok(sum)
}
