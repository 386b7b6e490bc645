//! The flags, in the workers of a pool.

use std::sync::Arc;

use common::{FlagSample, Flags, Run, Settings, then_close, this_worker};
use executor::{Executor, ThreadPool, as_completed_within};
use sequential::{client::Client, flags::download_one};

/// Downloads the flags in the workers of a pool, which share one client.
///
/// # Errors
/// There could be no client, or no pool.
pub fn download_many(flags: Flags, settings: &Settings, run: &mut Run<FlagSample>) -> anyhow::Result<()> {
    let client = Arc::new(Client::new(settings, settings.concurrency)?);
    let pool = Arc::new(ThreadPool::new(settings.concurrency)?);
    let stop_requests = client.stopper();
    run.stop_on_cancel(&pool, |_| stop_requests());

    let submitted = flags.map(|flag| {
        let client = client.clone();
        (flag, pool.submit(move || download_one(&client, flag, this_worker())))
    });
    for (flag, future) in as_completed_within(settings.ahead(), then_close(&*pool, submitted)) {
        run.record(flag, future.result());
    }
    pool.shutdown(true, false);
    Ok(())
}
