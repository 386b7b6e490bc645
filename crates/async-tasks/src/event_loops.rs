//! Event loops, one for each processor: a loop runs in one thread, and so on one processor at a time.

use std::{iter::StepBy, num::NonZeroUsize, ops::Range, thread};

use anyhow::Context;
use tokio::runtime;

/// Runs `work` on each of the loops, with its share of so many workers, and waits for all of them. There are no more loops than
/// workers, and the first is in the calling thread.
///
/// The loops share nothing that we do not share. A runtime that moves tasks between its threads costs more here: the tasks are all
/// alike, so that each loop is as busy as its neighbour anyway (`docs/performance.md` of the crate `bench`).
///
/// # Errors
/// There could be no loop, or the work failed.
pub fn run<W>(workers: usize, work: W) -> anyhow::Result<()>
where
    W: AsyncFn(StepBy<Range<usize>>) -> anyhow::Result<()> + Sync,
{
    let loops = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(workers).max(1);
    let run = |first: usize| {
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.context("failed to start the event loop")?;
        let outcome = runtime.block_on(work((first..workers).step_by(loops)));
        // A thread that still asks for an address, because a name's server is silent, is left to itself.
        runtime.shutdown_background();
        outcome
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..loops).map(|first| scope.spawn(move || run(first))).collect();
        let own = run(0);
        others.into_iter().map(|other| other.join().expect("an event loop does not panic")).fold(own, Result::and)
    })
}
