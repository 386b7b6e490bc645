//! The flags, in the workers of a pool.

use common::{FlagSample, Flags, Run, Settings, then_close};
use executor::{Executor, ThreadPool, as_completed_within};
use sequential::{client::Client, flags::download_one};

/// Downloads the flags in the workers of a pool.
///
/// # Errors
/// There could be no client, or no pool.
pub fn download_many(flags: Flags, settings: &Settings, run: &mut Run<FlagSample>) -> anyhow::Result<()> {
    let client = Client::shared(settings, run.cancel())?;
    let pool = run.pool(ThreadPool::new(settings.concurrency)?);

    let submitted = flags.map(|flag| {
        let client = client.clone();
        (flag, pool.submit(move || download_one(&client, flag)))
    });
    for (flag, future) in as_completed_within(settings.ahead(), then_close(&pool, submitted)) {
        run.record(flag, future.result());
    }
    run.shut_down(&*pool);
    Ok(())
}
