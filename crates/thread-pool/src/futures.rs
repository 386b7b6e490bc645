//! Futures made visible, in the workers of a pool.

use std::sync::Arc;

use common::{
    FlagSample, Flags, Run, Settings,
    futures::{Board, code_or_panic},
    this_worker,
};
use executor::{Executor, ThreadPool, as_completed};
use sequential::{client::Client, flags::download_one};

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
    let client = Arc::new(Client::new(settings, settings.concurrency)?);
    let pool = Arc::new(ThreadPool::new(settings.concurrency)?);
    let stop_requests = client.stopper();
    run.stop_on_cancel(&pool, |_| stop_requests());

    let mut submitted = Vec::new();
    for flag in flags {
        let client = client.clone();
        let future = pool.submit(move || code_or_panic(download_one(&client, flag, this_worker())));
        submitted.push((board.scheduled(flag, &future), future));
    }
    for (scheduled, future) in as_completed(submitted) {
        run.sample(board.finished(scheduled, future));
    }
    pool.shutdown(true, false);
    Ok(())
}
