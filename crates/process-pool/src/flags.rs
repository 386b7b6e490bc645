//! The flags, in the workers of a pool.

use common::{FlagSample, Flags, Run, Settings, then_close};
use executor::{Executor, ProcessPool, as_completed_within};

use crate::remote::{DownloadOne, MakeClient};

/// Downloads the flags in the workers of a pool.
///
/// # Errors
/// There could be no client, or no pool.
pub fn download_many(flags: Flags, settings: &Settings, run: &mut Run<FlagSample>) -> anyhow::Result<()> {
    let client = MakeClient(settings.clone());
    let pool = run.pool(ProcessPool::builder().workers(settings.concurrency).initializer(client).build()?);

    let submitted = flags.map(|flag| (flag, pool.submit(DownloadOne(flag))));
    for (flag, future) in as_completed_within(settings.ahead(), then_close(&pool, submitted)) {
        run.record(flag, future.result());
    }
    run.shut_down(&*pool);
    Ok(())
}
