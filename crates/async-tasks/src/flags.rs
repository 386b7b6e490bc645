//! The flags, by asynchronous tasks.

use std::sync::{Arc, Mutex};

use anyhow::Context;
use common::{Cancel, Download, Flag, Flags, Recorder, Sample, Settings, Step};
use tokio::{runtime, sync::mpsc, task::JoinSet};

use crate::client::Client;

/// Downloads the flags by as many tasks as requests may be under way, all on the event loop of this thread.
///
/// # Errors
/// There could be no client, or no runtime.
pub fn download_many(
    flags: Flags,
    settings: &Settings,
    cancel: &Cancel,
    recorder: &mut Recorder,
) -> anyhow::Result<()> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .context("failed to start the runtime")?;
    runtime.block_on(async {
        let client = Arc::new(Client::new(settings)?);
        cancel.after_grace(client.stopper());

        // A few tasks that take one flag after another cost less than a task and a semaphore's permit for each flag.
        let flags = Arc::new(Mutex::new(flags));
        let (sender, mut samples) = mpsc::unbounded_channel();
        let mut workers = JoinSet::new();
        for worker in 0..settings.concurrency {
            let (client, flags, sender) = (client.clone(), flags.clone(), sender.clone());
            workers.spawn(async move {
                while let Some(flag) = take(&flags) {
                    // The receiver outlives the workers.
                    _ = sender.send(download_one(&client, flag, worker).await);
                }
            });
        }
        // The channel ends with the last worker, not with this function.
        drop(sender);
        while let Some(sample) = samples.recv().await {
            recorder.record(sample);
        }
        while let Some(ended) = workers.join_next().await {
            ended.context("a worker failed")?;
        }
        Ok(())
    })
}

/// Downloads one flag, as `worker`.
pub async fn download_one(client: &Client, flag: Flag, worker: usize) -> Sample {
    let mut download = Download::new(flag, worker, client.settings());
    loop {
        match download.step() {
            Step::Wait(pause) => client.sleep(pause).await,
            Step::Get(url) => {
                let answer = client.get(&url, download.times()).await;
                download.answered(answer);
            }
            // Written at once, on the loop: to hand a few kilobytes to a thread costs more than to write them.
            Step::Save(gif) => download.saved(client.save(flag, &gif)),
            Step::Done(sample) => return sample,
        }
    }
}

/// The lock is held for the take, not for the download.
fn take(flags: &Mutex<Flags>) -> Option<Flag> {
    flags.lock().expect("no holder of this lock panics").next()
}
