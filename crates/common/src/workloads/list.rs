//! A list of tasks: what `primes` and `loiter` are lists of, and the strategies run in one way.

use std::{
    fmt::{Debug, Display},
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    run::{Cancel, Clock, Failure, Named, Run, Start, Starts, TaskSample, this_worker},
    show::terminal,
};

/// A function that runs the tasks of a list, and records each.
pub type RunMany<T> = fn(&TaskList<T>, &mut Run<SampleOf<T>>) -> anyhow::Result<()>;

/// What runs the tasks of any list: each strategy has one.
pub trait RunLists {
    /// Runs the tasks of a list, and records each in the order that the list says. The results are shown before any of them has come.
    ///
    /// # Errors
    /// The work could not be done at all: no pool, no runtime.
    fn run_many<T: ListTask>(list: &TaskList<T>, run: &mut Run<SampleOf<T>>) -> anyhow::Result<()>;
}

/// What is measured of a task of a list.
pub type SampleOf<T> = TaskSample<<T as ListTask>::Key, <T as ListTask>::Answer>;

/// A task that needs no network: it waits, or it computes. It is serialisable, since workers in other processes run it too.
pub trait ListTask: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What it is called where a process is asked to run it.
    const NAME: &'static str;
    /// What says which task it is.
    type Key: Copy + Display + Serialize + DeserializeOwned + Send + 'static;
    /// What it gives.
    type Answer: Named + Serialize + DeserializeOwned + Send + 'static;

    /// Which task it is.
    fn key(&self) -> Self::Key;

    /// What it is timed by.
    fn timing(&self) -> &Timing;

    /// Says that it begins, where the workload is to say it.
    fn begin(&self) {}

    /// How long it waits for its answer; `None`, if it has to be computed.
    fn wait(&self) -> Option<Duration> {
        None
    }

    /// Its answer, once it has waited.
    ///
    /// # Errors
    /// There is none: the run was cut off, if nothing else.
    fn answer(&self, cancel: &Cancel) -> Result<Self::Answer, Failure>;

    /// Does it, in this thread. It gives up when the run is cut off.
    fn run(&self, cancel: &Cancel) -> SampleOf<Self> {
        self.run_as(this_worker(), cancel)
    }

    /// Does it, in this thread, as `worker`.
    fn run_as(&self, worker: usize, cancel: &Cancel) -> SampleOf<Self> {
        let start = self.start(worker);
        let has_waited = self.wait().is_none_or(|wait| cancel.sleep(wait));
        self.end(worker, start, has_waited, cancel)
    }

    /// It starts, as `worker`. Gives the time, in microseconds of the run's clock.
    fn start(&self, worker: usize) -> u64 {
        self.begin();
        let Timing { clock, starts } = self.timing();
        let at = clock.micros();
        starts.tell(Start { task: &self.key(), copy: 1, worker, at });
        at
    }

    /// It ends, with its answer if it `has_waited` as long as it was to.
    fn end(&self, worker: usize, start: u64, has_waited: bool, cancel: &Cancel) -> SampleOf<Self> {
        let answer = if has_waited { self.answer(cancel) } else { Err(Failure::interrupted()) };
        TaskSample { task: self.key(), answer, worker, start, end: self.timing().clock.micros() }
    }
}

/// What the tasks of a run are timed by.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Timing {
    /// What all times of the run are measured by.
    pub clock: Clock,
    /// The listener that is told when a task starts, in this process.
    #[serde(skip)]
    pub starts: Starts,
}

/// The tasks of a run, and how they are run.
#[derive(Clone, Debug)]
pub struct TaskList<T> {
    /// The tasks, in order of submission.
    pub tasks: Vec<T>,
    /// How many run at a time.
    pub workers: usize,
    /// Whether results come in the order of submission (`map`), or as they complete (`submit` and `as_completed`).
    pub in_order: bool,
    /// Whether to compute on the event loop itself, where there is one.
    pub on_event_loop: bool,
    /// Says what happens, where the workload is to say it.
    pub announcer: Announcer,
}

/// Prints lines that begin with the time of day, unless it is silent.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Announcer {
    /// Whether it prints nothing.
    pub silent: bool,
}

impl Announcer {
    /// `[15:56:50] Script starting.`
    pub fn say(self, text: &str) {
        if !self.silent {
            // In one piece: a worker in another process may print at the same moment.
            terminal::print(&format!("[{}] {text}\n", jiff::Zoned::now().strftime("%H:%M:%S")));
        }
    }

    /// Shows the results before any of them is asked for.
    pub fn results(self, results: &dyn Debug) {
        self.say(&format!("results: {results:?}"));
        self.say("Waiting for individual results:");
    }
}
