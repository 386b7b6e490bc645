//! Futures made visible, in the workers of a queue.

use common::{FlagSample, Flags, Outcome, Run, Settings, futures::Board};
use executor::{Executor, as_completed};

use crate::{
    home::Home,
    place,
    remote::{DownloadCode, Shared},
};

/// Downloads flags in the workers of a queue, and shows each future when it is submitted and when it is finished.
///
/// # Errors
/// There could be no queue.
pub fn show_futures(
    flags: Flags,
    settings: &Settings,
    board: &mut Board,
    run: &mut Run<FlagSample>,
) -> anyhow::Result<()> {
    let queue = run.pool(place::queue(settings.concurrency)?);
    let (shared, mut home) = (Shared::by_run(settings), Home::new(settings));

    let mut submitted = Vec::new();
    for flag in flags {
        let future = queue.submit(DownloadCode(shared.clone(), flag));
        submitted.push((board.scheduled(flag, &future), future));
    }
    for (scheduled, future) in as_completed(submitted) {
        run.sample(board.finished_with(scheduled, future, |downloaded| match home.saved(downloaded) {
            FlagSample { outcome: Outcome::Error(failure), .. } => Err(failure.cause),
            saved => Ok(saved.flag.to_string()),
        }));
    }
    run.shut_down(&*queue);
    Ok(())
}
