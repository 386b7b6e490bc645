//! Square roots, by asynchronous tasks.

use anyhow::Context;
use common::{Cancel, Run, sqrt};
use tokio::runtime;

use crate::workers;

/// Takes the roots of 0, 1, 2 and so on by tasks of a new runtime, shuts it down, and adds them up.
///
/// # Errors
/// There could be no runtime.
pub fn root_many(roots: &sqrt::Roots, _: &mut Run<sqrt::Measurement>) -> anyhow::Result<f64> {
    let runtime = runtime::Builder::new_current_thread().build().context("failed to start the runtime")?;
    runtime.block_on(async {
        let mut sum = 0.0;
        let root = |number, _| async move { sqrt::root(number) };
        let mut answers = workers::map(roots.workers, 0..roots.tasks, &Cancel::default(), root);
        while let Some(root) = answers.next().await {
            sum += root;
        }
        Ok(sum)
    })
}
