//! The flags, in the workers of a pool.

use std::sync::Arc;

use common::{FlagSample, Flags, Run, Settings, then_close};
use executor::{Executor, ProcessPool, as_completed_within};

use crate::remote::{DownloadOne, MakeClient};

/// Downloads the flags in the workers of a pool, each of which has a client of its own.
///
/// # Errors
/// There could be no client, or no pool.
pub fn download_many(flags: Flags, settings: &Settings, run: &mut Run<FlagSample>) -> anyhow::Result<()> {
    let client = MakeClient(settings.clone());
    let pool = Arc::new(ProcessPool::builder().workers(settings.concurrency).initializer(client).build()?);
    run.stop_on_cancel(&pool, ProcessPool::kill_workers);

    let submitted = flags.map(|flag| (flag, pool.submit(DownloadOne(flag))));
    for (flag, future) in as_completed_within(settings.ahead(), then_close(&*pool, submitted)) {
        run.record(flag, future.result());
    }
    pool.shutdown(true, false);
    run.add_workers(pool.usage());
    Ok(())
}
