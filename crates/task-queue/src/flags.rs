//! The flags, in the workers of a queue.

use common::{FlagSample, Flags, Run, Settings, then_close};
use executor::{Executor, as_completed_within};

use crate::{
    home::Home,
    place,
    remote::{DownloadOne, Shared},
};

/// Downloads the flags in the workers of a queue, which bring them back to be saved here.
///
/// # Errors
/// There could be no queue.
pub fn download_many(flags: Flags, settings: &Settings, run: &mut Run<FlagSample>) -> anyhow::Result<()> {
    let queue = run.pool(place::queue(settings.concurrency)?);
    let (shared, mut home) = (Shared::by_run(settings), Home::new(settings));

    let submitted = flags.map(|flag| (flag, queue.submit(DownloadOne(shared.clone(), flag))));
    for (flag, future) in as_completed_within(settings.ahead(), then_close(&queue, submitted)) {
        run.record(flag, future.result().map(|downloaded| home.saved(downloaded)));
    }
    run.shut_down(&*queue);
    Ok(())
}
