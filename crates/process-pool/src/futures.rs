//! Futures made visible, in the workers of a pool.

use common::{FlagSample, Flags, Run, Settings, futures::Board};
use executor::{Executor, ProcessPool, as_completed};

use crate::remote::{DownloadCode, MakeClient};

/// Downloads flags in the workers of a pool, and shows each future when it is submitted and when it is finished.
///
/// # Errors
/// There could be no client, or no pool.
pub fn show_futures(
    flags: Flags,
    settings: &Settings,
    board: &mut Board,
    run: &mut Run<FlagSample>,
) -> anyhow::Result<()> {
    let client = MakeClient(settings.clone());
    let pool = run.pool(ProcessPool::builder().workers(settings.concurrency).initializer(client).build()?);

    let mut submitted = Vec::new();
    for flag in flags {
        let future = pool.submit(DownloadCode(flag));
        submitted.push((board.scheduled(flag, &future), future));
    }
    for (scheduled, future) in as_completed(submitted) {
        run.sample(board.finished(scheduled, future));
    }
    run.shut_down(&*pool);
    Ok(())
}
