//! The flags, in the processes of a pool.

use std::{
    iter,
    sync::{Arc, OnceLock},
};

use common::{Cancel, Flag, Flags, Recorder, Sample, Settings};
use executor::{Error, Executor, ProcessPool, RemoteTask, Task, as_completed_within, processes::Tasks};
use sequential::{client::Client, flags::download_one};
use serde::{Deserialize, Serialize};

/// Downloads the flags in a pool's processes, each of which has a client of its own.
///
/// # Errors
/// There could be no pool.
pub fn download_many(
    flags: Flags,
    settings: &Settings,
    cancel: &Cancel,
    recorder: &mut Recorder,
) -> anyhow::Result<()> {
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

    let submitted = flags.map(|flag| {
        let future = pool.submit(DownloadOne(flag));
        (flag, future)
    });
    // Once all are submitted, a worker that finds nothing left to do may end, while others still work.
    let submitted = submitted.chain(iter::from_fn(|| {
        pool.shutdown(false, false);
        None
    }));
    for (flag, future) in as_completed_within(settings.ahead(), submitted) {
        match future.result() {
            Ok(sample) => recorder.record(sample),
            // Taken back before it started.
            Err(Error::Cancelled | Error::Shutdown) => {}
            Err(error) => recorder.lost(flag, error),
        }
    }
    pool.shutdown(true, false);
    recorder.add_workers(pool.usage());
    Ok(())
}

/// Adds the tasks of this workload to those that a worker knows.
pub fn add_tasks(tasks: &mut Tasks) {
    tasks.add::<MakeClient>().add::<DownloadOne>();
}

/// The client of this process, if it is a worker.
pub(crate) static CLIENT: OnceLock<Client> = OnceLock::new();

/// Makes the client of a worker, before its first download.
#[derive(Serialize, Deserialize)]
pub(crate) struct MakeClient(pub Settings);

impl Task for MakeClient {
    type Output = Result<(), String>;

    fn run(self) -> Result<(), String> {
        let client = Client::new(&self.0, 1).map_err(|error| format!("{error:#}"))?;
        CLIENT.set(client).map_err(|_| "this worker has a client already".into())
    }
}

impl RemoteTask for MakeClient {
    const NAME: &'static str = "make client";
}

/// Downloads one flag, in a worker.
#[derive(Serialize, Deserialize)]
struct DownloadOne(Flag);

impl Task for DownloadOne {
    type Output = Sample;

    fn run(self) -> Sample {
        let client = CLIENT.get().expect("the pool's initializer makes the client");
        download_one(client, self.0, executor::worker().unwrap_or_default())
    }
}

impl RemoteTask for DownloadOne {
    const NAME: &'static str = "download one";
}
