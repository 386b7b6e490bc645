//! The tasks of a list, by asynchronous tasks: which are made for waiting, and not for computing.

use std::thread::Builder;

use anyhow::Context;
use common::{
    Cancel, Run, Start, TaskSample,
    list::{ListTask, SampleOf, TaskList},
    loiter::Loiter,
    primes::Check,
};
use tokio::{
    runtime,
    sync::watch,
    task::{spawn_blocking, yield_now},
    time::sleep,
};

use crate::{heartbeat, heartbeat::Heartbeat, workers};

/// Runs the tasks on the event loop of this thread, as many at a time as the list says. What computes does so in threads that the runtime
/// has for what blocks; or, to see why, on the loop itself.
///
/// # Errors
/// There could be no runtime.
pub fn run_many<T: AsyncTask>(list: &TaskList<T>, run: &mut Run<SampleOf<T>>) -> anyhow::Result<()> {
    if T::COMPUTES && !list.on_event_loop {
        // The runtime would panic at the first task; all later ones may wait for a thread that there is.
        let thread = Builder::new().spawn(|| ()).context("failed to start a thread for what blocks")?;
        thread.join().expect("it does nothing");
    }
    let runtime = runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .context("failed to start the runtime")?;
    let (stop, stopped) = watch::channel(false);
    let how = How { cancel: run.cancel().clone(), stopped, on_event_loop: list.on_event_loop };
    runtime.block_on(async {
        let heartbeat = T::COMPUTES.then(Heartbeat::start);
        let cancel = run.cancel().clone();
        let mut answers = workers::map(list.workers, list.tasks.clone(), &cancel, move |task: T, worker| {
            task.run_async(worker, how.clone())
        });
        cancel.on_cut_off(move || _ = stop.send_replace(true));
        if !list.in_order {
            answers = answers.in_order_of_completion();
        }
        list.announcer.results(&answers);
        while let Some(sample) = answers.next().await {
            run.sample(sample);
        }
        if let Some(heartbeat) = heartbeat {
            run.note(pauses(heartbeat, list.on_event_loop));
        }
        Ok(())
    })
}

/// What the computing did to the loop.
fn pauses(heartbeat: Heartbeat, on_event_loop: bool) -> String {
    let how = if on_event_loop { "on the event loop itself" } else { "in threads of the runtime (spawn_blocking)" };
    let (gap, period) = (heartbeat.stop().as_millis(), heartbeat::PERIOD.as_millis());
    format!("The tasks computed {how}; the loop's heartbeat, due every {period} ms, paused for {gap} ms at most.")
}

/// How a task runs, and how it learns that it is to give up.
#[derive(Clone)]
pub struct How {
    cancel: Cancel,
    stopped: watch::Receiver<bool>,
    on_event_loop: bool,
}

/// A task of a list, in a form that gives way to others while it waits.
pub trait AsyncTask: ListTask {
    /// Whether it computes, and does not only wait.
    const COMPUTES: bool;

    /// Does it, as `worker`. It gives up when the run is cut off.
    fn run_async(self, worker: usize, how: How) -> impl Future<Output = SampleOf<Self>> + Send;
}

impl AsyncTask for Loiter {
    const COMPUTES: bool = false;

    async fn run_async(self, worker: usize, mut how: How) -> SampleOf<Self> {
        self.begin();
        let start = self.clock.micros();
        self.starts.tell(Start { task: &self.delay, copy: 1, worker, at: start });
        let slept = tokio::select! {
            () = sleep(self.delay.duration()) => true,
            // The sender outlives the tasks.
            _ = how.stopped.wait_for(|stopped| *stopped) => false,
        };
        let answer = self.end(slept);
        TaskSample { task: self.delay, answer, worker, start, end: self.clock.micros() }
    }
}

impl AsyncTask for Check {
    const COMPUTES: bool = true;

    async fn run_async(self, worker: usize, how: How) -> SampleOf<Self> {
        if how.on_event_loop {
            let sample = self.run(worker, &how.cancel);
            // Between two numbers the loop may turn.
            yield_now().await;
            return sample;
        }
        spawn_blocking(move || self.run(worker, &how.cancel)).await.expect("to check a number does not panic")
    }
}
