//! Doing nothing, by asynchronous tasks: what they are best at.

use anyhow::Context;
use common::{
    Cancel,
    loiter::{Loiter, Recorder, Sample, Settings},
};
use tokio::{runtime, sync::watch, time::sleep};

use crate::workers;

/// Loiters by as many tasks as may loiter at a time, all on the event loop of this thread.
///
/// # Errors
/// There could be no runtime.
pub fn loiter_many(settings: &Settings, cancel: &Cancel, recorder: &mut Recorder) -> anyhow::Result<()> {
    let runtime =
        runtime::Builder::new_current_thread().enable_time().build().context("failed to start the runtime")?;
    let (stop, stopped) = watch::channel(false);
    runtime.block_on(async {
        let mut answers = workers::map(settings.workers, settings.tasks.clone(), cancel, move |task, worker| {
            let stopped = stopped.clone();
            async move { loiter(&task, worker, stopped).await }
        });
        // After those that have not begun were taken back.
        cancel.on_request(move || _ = stop.send_replace(true));
        if settings.as_completed {
            answers = answers.in_order_of_completion();
        }
        settings.voice.say_results(&answers);
        while let Some(sample) = answers.next().await {
            recorder.record(sample);
        }
        Ok(())
    })
}

/// Does nothing for a while, as `worker`. It gives up when the run is interrupted.
pub async fn loiter(task: &Loiter, worker: usize, mut stopped: watch::Receiver<bool>) -> Sample {
    task.begin();
    let start = task.clock.micros();
    let slept = tokio::select! {
        () = sleep(task.delay.duration()) => true,
        // Whoever could stop it outlives it.
        _ = stopped.wait_for(|stopped| *stopped) => false,
    };
    let answer = task.end(slept);
    Sample { task: task.delay, answer, worker, start, end: task.clock.micros() }
}
