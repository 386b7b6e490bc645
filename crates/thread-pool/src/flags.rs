//! The flags, in the threads of a pool.

use std::{iter, sync::Arc};

use common::{Cancel, Flags, Recorder, Settings};
use executor::{Error, Executor, ThreadPool, as_completed_within};
use sequential::{client::Client, flags::download_one};

/// Downloads the flags in a pool's threads, which share one client.
///
/// # Errors
/// There could be no client, or no pool.
pub fn download_many(
    flags: Flags,
    settings: &Settings,
    cancel: &Cancel,
    recorder: &mut Recorder,
) -> anyhow::Result<()> {
    let client = Arc::new(Client::new(settings, settings.concurrency)?);
    let pool = Arc::new(ThreadPool::new(settings.concurrency)?);
    cancel.on_request({
        let pool = pool.clone();
        move || pool.shutdown(false, true)
    });
    cancel.after_grace(client.stopper());

    let submitted = flags.map(|flag| {
        let client = client.clone();
        let future = pool.submit(move || download_one(&client, flag, executor::worker().unwrap_or_default()));
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
    Ok(())
}
