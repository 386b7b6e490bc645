//! The flags, one after another.

use common::{Download, Flag, FlagSample, Flags, Run, Settings, Step};

use crate::client::Client;

/// Downloads one flag after another.
///
/// # Errors
/// There could be no client.
pub fn download_many(flags: Flags, settings: &Settings, run: &mut Run<FlagSample>) -> anyhow::Result<()> {
    let client = Client::new(settings, 1)?;
    run.cancel().on_cut_off(client.stopper());
    for flag in flags {
        run.sample(download_one(&client, flag, 0));
    }
    Ok(())
}

/// Downloads one flag, in this thread, as `worker`.
pub fn download_one(client: &Client, flag: Flag, worker: usize) -> FlagSample {
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
