//! Futures made visible, in the threads of a pool.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use common::{Cancel, Flags, Settings, futures::code_or_panic, terminal};
use executor::{Executor, Future, as_completed};
use sequential::{client::Client, flags::download_one};

use crate::ThreadPool;

/// Downloads flags in a pool's threads, and prints each future when it is submitted and when it is finished. Returns how many flags
/// were saved.
///
/// # Errors
/// There could be no client, or no pool.
pub fn show_futures(flags: Flags, settings: &Settings, cancel: &Cancel) -> anyhow::Result<u64> {
    let client = Arc::new(Client::new(settings)?);
    let pool = Arc::new(ThreadPool::new(settings.concurrency)?);
    cancel.on_request({
        let pool = pool.clone();
        move || pool.shutdown(false, true)
    });
    cancel.after_grace(client.stopper());

    let mut to_do = Vec::new();
    for flag in flags {
        let client = client.clone();
        let task = move || code_or_panic(download_one(&client, flag, executor::worker().unwrap_or_default()));
        let future = pool.submit(task);
        if to_do.len() < settings.concurrency {
            wait_until_taken_up(&future);
        }
        terminal::print(&format!("Scheduled for {flag}: {future:?}\n"));
        to_do.push(future);
    }
    let mut saved = 0;
    for future in as_completed(to_do) {
        let shown = format!("{future:?}");
        match future.result() {
            Ok(code) => {
                terminal::print(&format!("{shown} result: '{code}'\n"));
                saved += 1;
            }
            Err(error) => terminal::print(&format!("{shown} error: {error}\n")),
        }
    }
    pool.shutdown(true, false);
    Ok(saved)
}

/// Python's `submit` comes back when the new worker has started, and ours at once. So that the states are those that the chapter shows,
/// a moment's patience while there are workers to be started.
fn wait_until_taken_up<T>(future: &Future<T>) {
    let started = Instant::now();
    while !future.running() && !future.done() && started.elapsed() < Duration::from_millis(50) {
        thread::yield_now();
    }
}
