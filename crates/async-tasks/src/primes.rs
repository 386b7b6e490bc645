//! The numbers, by asynchronous tasks: which are made for waiting, and not for this.

use std::thread::Builder;

use anyhow::Context;
use common::{
    Cancel,
    primes::{Recorder, Settings, check},
};
use tokio::{
    runtime,
    task::{spawn_blocking, yield_now},
};

use crate::{heartbeat, heartbeat::Heartbeat, workers};

/// Checks the numbers in threads that the runtime has for what blocks; or, to see why, on the event loop itself.
///
/// # Errors
/// There could be no runtime.
pub fn check_many(settings: &Settings, cancel: &Cancel, recorder: &mut Recorder) -> anyhow::Result<()> {
    if !settings.on_runtime {
        // The runtime would panic at the first number; all later ones may wait for a thread that there is.
        let thread = Builder::new().spawn(|| ()).context("failed to start a thread for what blocks")?;
        thread.join().expect("it does nothing");
    }
    let runtime =
        runtime::Builder::new_current_thread().enable_time().build().context("failed to start the runtime")?;
    runtime.block_on(async {
        let heartbeat = Heartbeat::start();
        let (clock, on_runtime, may_give_up) = (settings.clock, settings.on_runtime, cancel.clone());
        let mut answers = workers::map(settings.workers, settings.numbers.clone(), cancel, move |number, worker| {
            let cancel = may_give_up.clone();
            async move {
                if on_runtime {
                    let sample = check(number, worker, clock, &cancel);
                    // Between two numbers the loop may turn; a longer stop than a number's is nobody's wish.
                    yield_now().await;
                    sample
                } else {
                    let checked = spawn_blocking(move || check(number, worker, clock, &cancel)).await;
                    checked.expect("to check a number does not panic")
                }
            }
        });
        if !settings.map {
            answers = answers.in_order_of_completion();
        }
        while let Some(sample) = answers.next().await {
            recorder.record(sample);
        }
        let how = if on_runtime { "on the event loop itself" } else { "in threads of the runtime (spawn_blocking)" };
        let (gap, period) = (heartbeat.stop().as_millis(), heartbeat::PERIOD.as_millis());
        recorder.note(format!(
            "The tasks computed {how}; the loop's heartbeat, due every {period} ms, paused for {gap} ms at most."
        ));
        Ok(())
    })
}
