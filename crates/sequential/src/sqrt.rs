//! Square roots, one after another.

use common::{Run, sqrt};

/// Takes the roots of 0, 1, 2 and so on, and adds them up.
///
/// # Errors
/// None.
pub fn root_many(roots: &sqrt::Roots, _: &mut Run<sqrt::Measurement>) -> anyhow::Result<f64> {
    Ok((0..roots.tasks).map(sqrt::root).sum())
}
