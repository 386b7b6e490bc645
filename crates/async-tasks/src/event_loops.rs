//! Event loops, one for each processor: a loop runs in one thread, and so on one processor at a time.

use std::{
    io::{self, stderr},
    iter::StepBy,
    num::NonZeroUsize,
    ops::Range,
    os::fd::AsFd,
    sync::mpsc,
    thread::{self, Builder},
};

use anyhow::Context;
use tokio::runtime::{self, Runtime};

/// The most files that a runtime opens for itself.
const FILES_OF_A_LOOP: usize = 6;

/// Runs `work` on each of the loops, with its share of the workers, and waits for all of them. There are no more loops than
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
    let runtime = || {
        // The runtime panics where it gets none for its signals, which it has if any crate of the build asks for them.
        drop((0..FILES_OF_A_LOOP).map(|_| stderr().as_fd().try_clone_to_owned()).collect::<io::Result<Vec<_>>>()?);
        runtime::Builder::new_current_thread().enable_io().enable_time().build()
    };
    let own = runtime().context("failed to start the event loop")?;
    let run = |runtime: Runtime, share| {
        let outcome = runtime.block_on(work(share));
        // A thread that still asks for an address, because a name's server is silent, is left to itself.
        runtime.shutdown_background();
        outcome
    };
    thread::scope(|scope| {
        // Where the system gives no more files or threads, there are fewer loops: so each is told its share when all have started.
        let start = |_| {
            let (sender, share) = mpsc::channel();
            let runtime = runtime().ok()?;
            let thread =
                Builder::new().spawn_scoped(scope, move || share.recv().map_or(Ok(()), |share| run(runtime, share)));
            Some((sender, thread.ok()?))
        };
        let others: Vec<_> = (1..loops).map_while(start).collect();
        let share = |first| (first..workers).step_by(others.len() + 1);
        for (place, (sender, _)) in others.iter().enumerate() {
            // It waits for nothing else.
            _ = sender.send(share(place + 1));
        }
        let outcome = run(own, share(0));
        let ended = others.into_iter().map(|(_, thread)| thread.join().expect("an event loop does not panic"));
        ended.fold(outcome, Result::and)
    })
}
