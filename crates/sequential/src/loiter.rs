//! Doing nothing, one after another.

use common::{
    Cancel,
    loiter::{Loiter, Recorder, Sample, Settings},
};

/// Loiters once after another. The iterator is lazy all the way: a task begins when its result is asked for.
///
/// # Errors
/// None.
pub fn loiter_many(settings: &Settings, cancel: &Cancel, recorder: &mut Recorder) -> anyhow::Result<()> {
    let results = settings.tasks.iter().map(|task| loiter(task, 0, cancel));
    settings.voice.say_results(&format_args!("<Map submitted=0 of {}>", results.len()));
    for sample in results {
        recorder.record(sample);
        if cancel.requested().is_some() {
            break;
        }
    }
    Ok(())
}

/// Does nothing for a while, in this thread, as `worker`. It gives up when the run is interrupted.
pub fn loiter(task: &Loiter, worker: usize, cancel: &Cancel) -> Sample {
    task.begin();
    Sample::measure(task.delay, worker, task.clock, || {
        let slept = cancel.sleep(task.delay.duration());
        task.end(slept)
    })
}
