//! Futures made visible, in the processes of a pool.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use common::{
    Cancel, Flag, Flags, Settings,
    futures::{Board, code_or_panic},
};
use executor::{Executor, Future, ProcessPool, RemoteTask, Task, as_completed, processes::Tasks};
use sequential::flags::download_one;
use serde::{Deserialize, Serialize};

use crate::flags::{CLIENT, MakeClient};

/// Downloads flags in a pool's processes, and shows each future when it is submitted and when it is finished.
///
/// # Errors
/// There could be no pool.
pub fn show_futures(flags: Flags, settings: &Settings, cancel: &Cancel, board: &mut Board) -> anyhow::Result<()> {
    let client = MakeClient(settings.clone());
    let pool = Arc::new(ProcessPool::builder().workers(settings.concurrency).initializer(client).build()?);
    cancel.on_request({
        let pool = pool.clone();
        move || pool.shutdown(false, true)
    });
    cancel.after_grace({
        let pool = pool.clone();
        move || pool.kill_workers()
    });

    let mut futures = Vec::new();
    for (place, flag) in flags.enumerate() {
        let future = pool.submit(DownloadCode(flag));
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
    board.add_workers(pool.usage());
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

/// Adds the tasks of this workload, beside those of `flags`, to those that a worker knows.
pub fn add_tasks(tasks: &mut Tasks) {
    tasks.add::<DownloadCode>();
}

/// Downloads one flag, in a worker, and returns its code.
#[derive(Serialize, Deserialize)]
struct DownloadCode(Flag);

impl Task for DownloadCode {
    type Output = String;

    fn run(self) -> String {
        let client = CLIENT.get().expect("the pool's initializer makes the client");
        code_or_panic(download_one(client, self.0, executor::worker().unwrap_or_default()))
    }
}

impl RemoteTask for DownloadCode {
    const NAME: &'static str = "download code";
}
