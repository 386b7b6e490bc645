//! Square roots, one after another.

use common::{
    Usage,
    sqrt::{Roots, root},
};

/// Takes the roots of 0, 1, 2 and so on, and adds them up.
///
/// # Errors
/// None.
pub fn root_many(roots: &Roots, _workers: &mut Usage) -> anyhow::Result<f64> {
    Ok((0..roots.tasks).map(root).sum())
}
