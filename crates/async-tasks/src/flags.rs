//! The flags, by asynchronous tasks.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Context;
use common::{CpuOn, Download, Flag, FlagSample, Flags, Run, Settings, Step};
use tokio::{
    sync::mpsc,
    task::{JoinSet, yield_now},
    time::timeout,
};

use crate::{
    client::{Client, Clients},
    computing::{check_pool, compute, tell_pause},
    event_loops,
    heartbeat::Heartbeat,
};

/// How long samples wait at most before they are recorded: too short for an eye, and long enough to cost nothing.
const NAP: Duration = Duration::from_millis(50);

/// Downloads the flags by as many tasks as requests may be under way, on an event loop for each processor.
///
/// # Errors
/// There could be no client, or no event loop.
pub fn download_many(flags: Flags, settings: &Settings, run: &mut Run<FlagSample>) -> anyhow::Result<()> {
    let computes = settings.cpu_rounds > 0;
    if computes && settings.cpu_on == CpuOn::Pool {
        check_pool()?;
    }
    let flags = Arc::new(Mutex::new(flags));
    let (cancel, run) = (run.cancel().clone(), Mutex::new(run));
    let pause = Mutex::new(Duration::ZERO);

    event_loops::run(settings.concurrency, async |workers| {
        // Of each loop its own: where two processors count who holds what they share, each waits for the other.
        let clients = Clients::new(settings)?;
        cancel.on_cut_off(clients.stopper());
        let heartbeat = computes.then(Heartbeat::start);
        // A few tasks that take one flag after another cost less than a task and a semaphore's permit for each flag.
        let (sender, mut samples) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        for worker in workers {
            let (client, flags, sender) = (clients.client(worker), flags.clone(), sender.clone());
            tasks.spawn(async move {
                while let Some(flag) = take(&flags) {
                    // The receiver outlives the workers.
                    _ = sender.send(download_one(&client, flag, worker).await);
                }
            });
            // One turn of the loop for each: what a task needs only to connect is free again when the next one connects.
            yield_now().await;
        }
        let mut outcome = Ok(());
        loop {
            // To wake up this function, which is not one of the tasks, takes a system call: not for each sample.
            let ended = timeout(NAP, tasks.join_next()).await;
            while let Ok(sample) = samples.try_recv() {
                run.lock().expect("no holder of this lock panics").sample(sample);
            }
            match ended {
                Err(_) => {}
                Ok(Some(ended)) => outcome = outcome.and(ended.context("a worker failed")),
                Ok(None) => break,
            }
        }
        if let Some(heartbeat) = heartbeat {
            let longest = heartbeat.stop();
            let mut pause = pause.lock().expect("no holder of this lock panics");
            *pause = longest.max(*pause);
        }
        outcome
    })?;
    if computes {
        let longest = pause.into_inner().expect("no holder of this lock panics");
        tell_pause(run.into_inner().expect("no holder of this lock panics"), longest, settings.cpu_on);
    }
    Ok(())
}

/// Downloads one flag, as `worker`.
pub async fn download_one(client: &Client, flag: Flag, worker: usize) -> FlagSample {
    let mut download = Download::new(flag, worker, client.settings());
    loop {
        match download.step() {
            Step::Wait(pause) => client.sleep(pause).await,
            // By reference: a copy of its own would be kept while the answer is awaited.
            Step::Get(ref url) => {
                let answer = client.get(url, download.times()).await;
                download.answered(answer);
            }
            Step::Compute(rounds) => {
                let computed = compute(client.settings().cpu_on, || rounds.compute()).await;
                download.computed(computed);
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
