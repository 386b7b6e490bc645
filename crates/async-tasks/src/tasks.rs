//! The tasks of a list, by asynchronous tasks: which are made for waiting, and not for computing.

use anyhow::Context;
use common::{
    Cancel, CpuOn, Run,
    list::{ListTask, RunLists, SampleOf, TaskList},
};
use tokio::{
    runtime::{self, Runtime},
    sync::watch,
    time::sleep,
};

use crate::{
    computing::{check_pool, compute, tell_pause},
    heartbeat::Heartbeat,
    workers,
};

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
        let cpu_on = if list.on_event_loop { CpuOn::Loop } else { CpuOn::Pool };
        if computes && cpu_on == CpuOn::Pool {
            check_pool()?;
        }
        let (stop, stopped) = watch::channel(false);
        let how = How { cancel: run.cancel().clone(), stopped, cpu_on };
        run.cancel().on_cut_off(move || _ = stop.send_replace(true));
        event_loop()?.block_on(async {
            let heartbeat = computes.then(Heartbeat::start);
            run_each(list, run, move |task, worker| run_one(task, worker, how.clone())).await;
            if let Some(heartbeat) = heartbeat {
                tell_pause(run, heartbeat.stop(), cpu_on);
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

/// How a task runs, and how it learns that it is to give up.
#[derive(Clone)]
struct How {
    cancel: Cancel,
    stopped: watch::Receiver<bool>,
    cpu_on: CpuOn,
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
    compute(how.cpu_on, move || task.run_as(worker, &how.cancel)).await
}
