//! The tasks that a worker knows, and what comes back. A worker may be on another machine, so each task carries all that it needs, and what
//! was downloaded comes back to be saved.

use std::{
    io,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use common::{
    Download, EachTask, Flag, FlagSample, Folder, Outcome, Settings, Step, each_task,
    list::{ListTask, SampleOf},
    not_saved,
    sqrt::root,
    this_worker,
};
use executor::{RemoteTask, Task, processes::Tasks, remote_task};
use sequential::client::Client;
use serde::{Deserialize, Serialize};

use crate::queue::{
    self, Who, random,
    worker::{this_run, who},
};

/// Runs a worker, or another process of a queue, if this process is one: they are this same program, started again.
pub fn enter() -> Option<ExitCode> {
    queue::enter(|tasks| {
        tasks.add::<DownloadOne>().add::<DownloadCode>().add::<Root>();
        each_task(&mut Known(tasks));
    })
}

/// The tasks that a worker knows, and no others.
struct Known<'a>(&'a mut Tasks);

impl EachTask for Known<'_> {
    fn task<T: ListTask>(&mut self) {
        self.0.add::<InWorker<T>>();
    }
}

remote_task!(
    /// Downloads one flag.
    pub DownloadOne(pub Shared, pub Flag) -> Downloaded = download_one
);

remote_task!(
    /// Downloads one flag, or panics.
    pub DownloadCode(pub Shared, pub Flag) -> Downloaded = |shared, flag| {
        let downloaded = download_one(shared, flag);
        downloaded.told.sample.clone().code_or_panic();
        downloaded
    }
);

remote_task!(
    /// Takes one root.
    pub Root(pub usize) -> f64 = root
);

/// What the downloads of a run have in common: a worker makes one client for all of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shared {
    id: u64,
    settings: Settings,
}

impl Shared {
    /// By the downloads of this run.
    pub fn by_run(settings: &Settings) -> Self {
        Self { id: random(), settings: settings.clone() }
    }
}

/// A task of a list.
#[derive(Serialize, Deserialize)]
pub struct InWorker<T>(pub T);

impl<T: ListTask> Task for InWorker<T> {
    type Output = Told<SampleOf<T>>;

    fn run(self) -> Told<SampleOf<T>> {
        Told::here(self.0.run(&this_run()))
    }
}

impl<T: ListTask> RemoteTask for InWorker<T> {
    const NAME: &'static str = T::NAME;
}

/// A sample, and who tells it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Told<S> {
    /// What was measured.
    pub sample: S,
    /// By whom.
    pub who: Who,
}

impl<S> Told<S> {
    fn here(sample: S) -> Self {
        Self { sample, who: who() }
    }
}

/// A flag that is yet to be saved.
#[derive(Debug, Serialize, Deserialize)]
pub struct Downloaded {
    /// How it went, and where.
    pub told: Told<FlagSample>,
    /// The flag, if there is one.
    #[serde(with = "serde_bytes")]
    pub gif: Vec<u8>,
}

impl Downloaded {
    /// Saves it: on the caller's machine, whole or not at all.
    pub fn saved(mut self, folder: &Folder, settings: &Settings) -> Told<FlagSample> {
        let sample = &mut self.told.sample;
        if sample.outcome == Outcome::Ok
            && let Err(error) = folder.save(&sample.flag.file_name(), &self.gif)
        {
            (sample.outcome, sample.bytes) = (Outcome::Error(not_saved(sample.flag, settings, &error)), 0);
        }
        self.told
    }
}

/// Downloads one flag in this worker, and brings it back.
fn download_one(shared: Shared, flag: Flag) -> Downloaded {
    let client = match client(shared) {
        Ok(client) => client,
        Err(error) => panic!("{error:#}"),
    };
    let mut download = Download::new(flag, this_worker(), client.settings());
    let mut gif = Vec::new();
    loop {
        match download.step() {
            Step::Wait(pause) => client.sleep(pause),
            Step::Get(url) => {
                let answer = client.get(&url, this_worker(), download.times());
                download.answered(answer);
            }
            Step::Compute(rounds) => download.computed(rounds.compute()),
            Step::Save(body) => {
                gif = body;
                download.saved(io::Result::Ok(gif.len() as u64));
            }
            Step::Done(sample) => return Downloaded { told: Told::here(sample), gif },
        }
    }
}

/// This worker's client for a run, which its slots share.
fn client(Shared { id, settings }: Shared) -> anyhow::Result<Arc<Client>> {
    /// Clients of the last runs: a worker may serve several at a time.
    static CLIENTS: Mutex<Vec<(u64, Arc<Client>)>> = Mutex::new(Vec::new());
    const MOST: usize = 16;

    let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, client)) = clients.iter().find(|(known, _)| *known == id) {
        return Ok(client.clone());
    }
    let client = Client::shared(&settings, &this_run())?;
    if clients.len() == MOST {
        clients.remove(0);
    }
    clients.push((id, client.clone()));
    Ok(client)
}
