//! A task of the user's as the strategies take it: one of a list.

use common::{
    Cancel, Class, Failure, Named,
    list::{ListTask, Timing},
};
use executor::{Error, run_caught};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Work, answer};

/// A task, and its place in the list.
#[derive(Clone, Serialize, Deserialize)]
#[serde(bound(deserialize = "W: DeserializeOwned"))]
pub struct Job<W> {
    /// Its place, from 1.
    pub place: usize,
    pub work: W,
    pub timing: Timing,
}

/// What a task gave.
#[derive(Serialize, Deserialize)]
pub struct Gave<O>(pub O);

impl<W: Work> ListTask for Job<W> {
    const NAME: &'static str = "side_by_side::Job";
    type Key = usize;
    type Answer = Gave<W::Output>;

    fn key(&self) -> usize {
        self.place
    }

    fn timing(&self) -> &Timing {
        &self.timing
    }

    /// A thread that runs the user's function cannot be told to give up: the whole process is ended instead.
    fn answer(&self, _cancel: &Cancel) -> Result<Self::Answer, Failure> {
        let work = self.work.clone();
        run_caught(|| Work::run(work)).map(Gave).map_err(failure)
    }
}

/// A panic as the sample of a task has it.
pub fn failure(error: Error) -> Failure {
    Failure::new(Class::WorkerLost, error.to_string())
}

impl<O: Serialize> Named for Gave<O> {
    fn name(&self) -> &'static str {
        "ok"
    }

    fn shown(&self) -> Option<String> {
        answer::shown(&self.0)
    }
}
