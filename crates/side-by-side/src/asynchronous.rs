//! The same task on an event loop.

use std::{future::poll_fn, pin::pin, task::Poll};

use async_tasks::tasks::{AsyncTask, How};
use common::{TaskSample, list::SampleOf};
use executor::run_caught;

use crate::{
    AsyncWork,
    job::{Gave, Job, failure},
};

impl<W: AsyncWork> AsyncTask for Job<W> {
    // Its function has been made for the loop: what computes in it is for `spawn_blocking`, and that is for the function to decide.
    const COMPUTES: bool = false;

    async fn run_async(self, worker: usize, _how: How) -> SampleOf<Self> {
        let Self { place, work, clock } = self;
        let start = clock.micros();
        let mut running = pin!(async { AsyncWork::run(work).await });
        // A panic is caught where it happens: in one of the polls.
        let output = poll_fn(|context| match run_caught(|| running.as_mut().poll(context)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(panic) => Poll::Ready(Err(panic)),
        });
        let answer = output.await.map(Gave).map_err(failure);
        TaskSample { task: place, answer, worker, start, end: clock.micros() }
    }
}
