//! The tasks that a worker knows. Another process runs them, so each is a type with a name, which can be serialised, where a thread pool takes
//! a closure.

use std::process::ExitCode;

use common::{
    Cancel, EachTask, Flag, FlagSample, Settings, each_task,
    list::{ListTask, SampleOf},
    sqrt::root,
};
use executor::{
    RemoteTask, Task,
    processes::{self, Tasks},
    remote_task,
};
use sequential::{client::Client, flags::download_one};
use serde::{Deserialize, Serialize};

/// Runs a worker, if this process is one: the workers are this same program, started again.
pub fn enter() -> Option<ExitCode> {
    processes::enter(|tasks| {
        tasks.add::<MakeClient>().add::<DownloadOne>().add::<DownloadCode>().add::<Root>();
        each_task(&mut Known(tasks));
    })
}

/// The tasks that a worker knows.
struct Known<'a>(&'a mut Tasks);

impl EachTask for Known<'_> {
    fn task<T: ListTask>(&mut self) {
        self.0.add::<InWorker<T>>();
    }
}

remote_task!(
    /// Makes the client of a worker, before its first download.
    pub MakeClient(pub Settings) -> Result<(), String> = Client::make_own
);

remote_task!(
    /// Downloads one flag.
    pub DownloadOne(pub Flag) -> FlagSample = |flag| download_one(Client::own(), flag)
);

remote_task!(
    /// Downloads one flag, and returns its code.
    pub DownloadCode(pub Flag) -> String = |flag| download_one(Client::own(), flag).code_or_panic()
);

remote_task!(
    /// Takes one root.
    pub Root(pub usize) -> f64 = root
);

/// A task of a list.
#[derive(Serialize, Deserialize)]
pub struct InWorker<T>(pub T);

impl<T: ListTask> Task for InWorker<T> {
    type Output = SampleOf<T>;

    fn run(self) -> SampleOf<T> {
        // No run is cancelled in a worker: the pool kills it instead.
        self.0.run(&Cancel::default())
    }
}

impl<T: ListTask> RemoteTask for InWorker<T> {
    const NAME: &'static str = T::NAME;
}
