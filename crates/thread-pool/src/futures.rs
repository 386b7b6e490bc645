//! Futures made visible, in the workers of a pool.

use common::{FlagSample, Flags, Run, Settings, futures::Board};
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
    let client = Client::shared(settings, run.cancel())?;
    let pool = run.pool(ThreadPool::new(settings.concurrency)?);

    let mut submitted = Vec::new();
    for flag in flags {
        let client = client.clone();
        let future = pool.submit(move || download_one(&client, flag).code_or_panic());
        submitted.push((board.scheduled(flag, &future), future));
    }
    for (scheduled, future) in as_completed(submitted) {
        run.sample(board.finished(scheduled, future));
    }
    run.shut_down(&*pool);
    Ok(())
}
