//! The flags, one after another.

use common::{Cancel, Download, Flag, Flags, Recorder, Sample, Settings, Step};

use crate::client::Client;

/// Downloads one flag after another.
///
/// # Errors
/// There could be no client at all.
pub fn download_many(
    flags: Flags,
    settings: &Settings,
    cancel: &Cancel,
    recorder: &mut Recorder,
) -> anyhow::Result<()> {
    let client = Client::new(settings, 1)?;
    cancel.after_grace(client.stopper());
    for flag in flags {
        recorder.record(download_one(&client, flag, 0));
    }
    Ok(())
}

/// Downloads one flag, in this thread, as `worker`.
pub fn download_one(client: &Client, flag: Flag, worker: usize) -> Sample {
    let mut download = Download::new(flag, worker, client.settings());
    loop {
        match download.step() {
            Step::Wait(pause) => client.sleep(pause),
            Step::Get(url) => {
                let answer = client.get(&url, worker, download.times());
                download.answered(answer);
            }
            Step::Save(gif) => download.saved(client.save(flag, &gif)),
            Step::Done(sample) => return sample,
        }
    }
}
