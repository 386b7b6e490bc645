//! The flags, one after another.

use common::{Download, Flag, FlagSample, Flags, Run, Settings, Step, this_worker};

use crate::client::Client;

/// Downloads one flag after another.
///
/// # Errors
/// There could be no client.
pub fn download_many(flags: Flags, settings: &Settings, run: &mut Run<FlagSample>) -> anyhow::Result<()> {
    let client = Client::shared(settings, run.cancel())?;
    for flag in flags {
        run.sample(download_one(&client, flag));
    }
    Ok(())
}

/// Downloads one flag, in this thread.
pub fn download_one(client: &Client, flag: Flag) -> FlagSample {
    let worker = this_worker();
    let mut download = Download::new(flag, worker, client.settings());
    loop {
        match download.step() {
            Step::Wait(pause) => client.sleep(pause),
            Step::Get(url) => {
                let answer = client.get(&url, worker, download.times());
                download.answered(answer);
            }
            Step::Compute(rounds) => download.computed(rounds.compute()),
            Step::Save(gif) => download.saved(client.save(flag, &gif)),
            Step::Done(sample) => return sample,
        }
    }
}
