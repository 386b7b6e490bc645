//! Futures made visible, in the processes of a pool.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use common::{Cancel, Flag, Flags, Settings, futures::code_or_panic, terminal};
use executor::{Executor, Future, Task, as_completed};
use sequential::flags::download_one;
use serde::{Deserialize, Serialize};

use crate::{
    ProcessPool, RemoteTask, Tasks,
    flags::{CLIENT, MakeClient},
};

/// Downloads flags in a pool's processes, and prints each future when it is submitted and when it is finished. Returns how many flags
/// were saved.
///
/// # Errors
/// There could be no pool.
pub fn show_futures(flags: Flags, settings: &Settings, cancel: &Cancel) -> anyhow::Result<u64> {
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

    let mut to_do = Vec::new();
    for flag in flags {
        let future = pool.submit(DownloadCode(flag));
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
