//! The tasks of a list, by asynchronous tasks: which are made for waiting, and not for computing.

use std::thread::Builder;

use anyhow::Context;
use common::{
    Cancel, Run,
    list::{ListTask, RunLists, SampleOf, TaskList},
};
use tokio::{
    runtime::{self, Runtime},
    sync::watch,
    task::{spawn_blocking, yield_now},
    time::sleep,
};

use crate::{heartbeat, heartbeat::Heartbeat, workers};

/// What runs the tasks of any list.
pub struct Lists;

impl RunLists for Lists {
    /// Runs the tasks on the event loop of this thread, as many at a time as the list says. What computes does so in threads that the runtime
    /// has for what blocks; or, to see why, on the loop itself.
    ///
    /// # Errors
    /// There could be no runtime.
    fn run_many<T: ListTask>(list: &TaskList<T>, run: &mut Run<SampleOf<T>>) -> anyhow::Result<()> {
        let computes = list.tasks.iter().any(|task| task.wait().is_none());
        if computes && !list.on_event_loop {
            // The runtime would panic at the first task; all later ones may wait for a thread that there is.
            let thread = Builder::new().spawn(|| ()).context("failed to start a thread for what blocks")?;
            thread.join().expect("it does nothing");
        }
        let (stop, stopped) = watch::channel(false);
        let how = How { cancel: run.cancel().clone(), stopped, on_event_loop: list.on_event_loop };
        run.cancel().on_cut_off(move || _ = stop.send_replace(true));
        event_loop()?.block_on(async {
            let heartbeat = computes.then(Heartbeat::start);
            run_each(list, run, move |task, worker| run_one(task, worker, how.clone())).await;
            if let Some(heartbeat) = heartbeat {
                run.note(pauses(heartbeat, list.on_event_loop));
            }
        });
        Ok(())
    }
}

/// Runs the tasks on the event loop of this thread by a function of their own, which gives way to others while it waits.
///
/// # Errors
/// There could be no runtime.
pub fn run_many_by<T: ListTask, F>(
    list: &TaskList<T>,
    run: &mut Run<SampleOf<T>>,
    one: impl Fn(T, usize) -> F + Clone + Send + 'static,
) -> anyhow::Result<()>
where
    F: Future<Output = SampleOf<T>> + Send,
{
    event_loop()?.block_on(run_each(list, run, one));
    Ok(())
}

/// The loop: a function of one's own may wait for sockets, too.
fn event_loop() -> anyhow::Result<Runtime> {
    runtime::Builder::new_current_thread().enable_io().enable_time().build().context("failed to start the runtime")
}

/// Has `one` run each of the tasks, as many at a time as the list says.
async fn run_each<T: ListTask, F>(
    list: &TaskList<T>,
    run: &mut Run<SampleOf<T>>,
    one: impl Fn(T, usize) -> F + Clone + Send + 'static,
) where
    F: Future<Output = SampleOf<T>> + Send,
{
    let mut answers = workers::map(list.workers, list.tasks.clone(), run.cancel(), one);
    if !list.in_order {
        answers = answers.in_order_of_completion();
    }
    list.announcer.results(&answers);
    while let Some(sample) = answers.next().await {
        run.sample(sample);
    }
}

/// What the computing did to the loop.
fn pauses(heartbeat: Heartbeat, on_event_loop: bool) -> String {
    let how = if on_event_loop { "on the event loop itself" } else { "in threads of the runtime (spawn_blocking)" };
    let (gap, period) = (heartbeat.stop().as_millis(), heartbeat::PERIOD.as_millis());
    format!("The tasks computed {how}; the loop's heartbeat, due every {period} ms, paused for {gap} ms at most.")
}

/// How a task runs, and how it learns that it is to give up.
#[derive(Clone)]
struct How {
    cancel: Cancel,
    stopped: watch::Receiver<bool>,
    on_event_loop: bool,
}

/// Does a task of a list, as `worker`, and gives way to others while it waits. It gives up when the run is cut off.
async fn run_one<T: ListTask>(task: T, worker: usize, mut how: How) -> SampleOf<T> {
    if let Some(wait) = task.wait() {
        let start = task.start(worker);
        let has_waited = tokio::select! {
            () = sleep(wait) => true,
            // The sender outlives the tasks.
            _ = how.stopped.wait_for(|stopped| *stopped) => false,
        };
        return task.end(worker, start, has_waited, &how.cancel);
    }
    if how.on_event_loop {
        let sample = task.run_as(worker, &how.cancel);
        // Between two numbers the loop may turn.
        yield_now().await;
        return sample;
    }
    spawn_blocking(move || task.run_as(worker, &how.cancel)).await.expect("to compute an answer does not panic")
}
