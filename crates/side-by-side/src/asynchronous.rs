//! The tasks on an event loop, by their asynchronous form.

use std::{future::poll_fn, pin::pin, task::Poll};

use async_tasks::tasks::run_many_by;
use common::{
    Run, TaskSample,
    list::{ListTask, SampleOf, TaskList},
};
use executor::run_caught;

use crate::{
    AsyncWork,
    job::{Gave, Job, failure},
};

/// Runs the tasks on the event loop of this thread.
///
/// # Errors
/// There could be no runtime.
pub fn run_many<W: AsyncWork>(list: &TaskList<Job<W>>, run: &mut Run<SampleOf<Job<W>>>) -> anyhow::Result<()> {
    run_many_by(list, run, run_one)
}

async fn run_one<W: AsyncWork>(job: Job<W>, worker: usize) -> SampleOf<Job<W>> {
    let start = job.start(worker);
    let Job { place, work, timing } = job;
    let mut running = pin!(async { AsyncWork::run(work).await });
    // A panic is caught where it happens: in one of the polls.
    let output = poll_fn(|context| match run_caught(|| running.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    });
    let answer = output.await.map(Gave).map_err(failure);
    TaskSample { task: place, answer, worker, start, end: timing.clock.micros() }
}
