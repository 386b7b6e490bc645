//! What computes is no task for an event loop: where it is done instead, and what it does to a loop where it is not.

use std::{thread::Builder, time::Duration};

use anyhow::Context;
use common::{CpuOn, Run, Sample};
use tokio::task::{spawn_blocking, yield_now};

use crate::heartbeat;

/// Makes sure that the runtime can have a thread for what blocks: it would panic at the first task; all later ones may wait for a thread
/// that there is.
///
/// # Errors
/// There can be no thread.
pub fn check_pool() -> anyhow::Result<()> {
    let thread = Builder::new().spawn(|| ()).context("failed to start a thread for what blocks")?;
    thread.join().expect("it does nothing");
    Ok(())
}

/// Does `work`, which computes and does not panic.
pub async fn compute<T: Send + 'static>(on: CpuOn, work: impl FnOnce() -> T + Send + 'static) -> T {
    match on {
        CpuOn::Loop => {
            let done = work();
            // Between two tasks the loop may turn.
            yield_now().await;
            done
        }
        CpuOn::Pool => spawn_blocking(work).await.expect("the work does not panic"),
    }
}

/// Tells the run what the computing did to its loops.
pub fn tell_pause<S: Sample>(run: &mut Run<S>, longest: Duration, on: CpuOn) {
    let how = match on {
        CpuOn::Loop => "on the event loop itself",
        CpuOn::Pool => "in threads of the runtime (spawn_blocking)",
    };
    let (gap, period) = (longest.as_millis(), heartbeat::PERIOD.as_millis());
    run.note(format!(
        "The tasks computed {how}; the loop's heartbeat, due every {period} ms, paused for {gap} ms at most."
    ));
    run.loop_paused(longest);
}
