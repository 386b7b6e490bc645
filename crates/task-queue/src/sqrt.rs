//! Square roots, in the workers of a queue.

use common::{Usage, sqrt::Roots};

use crate::{place, remote::Root};

/// Takes the roots of 0, 1, 2 and so on in the workers of a new queue, shuts it down, and adds them up.
///
/// # Errors
/// There could be no queue, or a root was not taken.
pub fn root_many(roots: &Roots, workers: &mut Usage) -> anyhow::Result<f64> {
    let queue = place::queue(roots.workers)?;
    let sum = queue.map(Root, 0..roots.tasks).sum::<Result<f64, _>>()?;
    queue.shutdown(true, false);
    *workers = workers.then(queue.usage());
    Ok(sum)
}
