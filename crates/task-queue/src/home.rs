//! Where what comes back from workers goes.

use std::collections::HashMap;

use common::{FlagSample, Folder, Pool, Settings, TaskSample, Usage};

use crate::{
    place,
    queue::{TaskQueue, Who},
    remote::{Downloaded, Told},
};

/// The folder of a run, and the lanes of its workers' slots.
pub struct Home<'a> {
    folder: Folder,
    settings: &'a Settings,
    lanes: Lanes,
}

impl<'a> Home<'a> {
    /// Of a run with these settings.
    pub fn new(settings: &'a Settings) -> Self {
        Self { folder: Folder::open(settings.dest.as_ref()), settings, lanes: Lanes::default() }
    }

    /// Saves a flag that was downloaded.
    pub fn saved(&mut self, downloaded: Downloaded) -> FlagSample {
        let Told { mut sample, who } = downloaded.saved(&self.folder, self.settings);
        sample.worker = self.lanes.of(who, sample.worker);
        sample
    }
}

/// A lane for each slot of each worker. Those of a run's own workers are numbered through; those of others are numbered as they come.
#[derive(Default)]
pub struct Lanes(HashMap<(Who, usize), usize>);

impl Lanes {
    /// That of a task's sample.
    pub fn sample<T, A>(&mut self, told: Told<TaskSample<T, A>>) -> TaskSample<T, A> {
        let Told { mut sample, who } = told;
        sample.worker = self.of(who, sample.worker);
        sample
    }

    fn of(&mut self, who: Who, slot: usize) -> usize {
        if place::is_alone() {
            return slot;
        }
        let next = self.0.len();
        *self.0.entry((who, slot)).or_insert(next)
    }
}

impl Pool for TaskQueue {
    /// Its own workers are killed; those of others are told.
    fn cut_off(&self) {
        self.cut_off();
    }

    /// That of the processes that were started for it.
    fn workers_usage(&self) -> Usage {
        self.usage()
    }
}
