//! Square roots, one after another.

use common::{
    Usage,
    sqrt::{Settings, root},
};

/// Takes the roots of 0, 1, 2 and so on, and adds them up.
///
/// # Errors
/// None.
pub fn root_many(settings: &Settings, _workers: &mut Usage) -> anyhow::Result<f64> {
    Ok((0..settings.tasks).map(root).sum())
}
