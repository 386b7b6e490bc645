//! Futures made visible, in the threads of a pool.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use common::{
    Cancel, Flags, Settings,
    futures::{Board, code_or_panic},
};
use executor::{Executor, Future, ThreadPool, as_completed};
use sequential::{client::Client, flags::download_one};

/// Downloads flags in a pool's threads, and shows each future when it is submitted and when it is finished.
///
/// # Errors
/// There could be no client, or no pool.
pub fn show_futures(flags: Flags, settings: &Settings, cancel: &Cancel, board: &mut Board) -> anyhow::Result<()> {
    let client = Arc::new(Client::new(settings, settings.concurrency)?);
    let pool = Arc::new(ThreadPool::new(settings.concurrency)?);
    cancel.on_request({
        let pool = pool.clone();
        move || pool.shutdown(false, true)
    });
    cancel.after_grace(client.stopper());

    let mut futures = Vec::new();
    for (place, flag) in flags.enumerate() {
        let client = client.clone();
        let task = move || code_or_panic(download_one(&client, flag, executor::worker().unwrap_or_default()));
        let future = pool.submit(task);
        if place < settings.concurrency {
            wait_until_taken_up(&future);
        }
        futures.push((board.scheduled(flag, place, &future), future));
    }
    for (scheduled, future) in as_completed(futures) {
        let shown = format!("{future:?}");
        board.finished(scheduled, &shown, future.result());
    }
    pool.shutdown(true, false);
    Ok(())
}

/// Python's `submit` comes back when the new worker has started, and ours at once. So that the states are those that the chapter shows,
/// a moment's patience while there are workers to be started.
fn wait_until_taken_up<T>(future: &Future<T>) {
    let started = Instant::now();
    while !future.running() && !future.done() && started.elapsed() < Duration::from_millis(50) {
        thread::yield_now();
    }
}
