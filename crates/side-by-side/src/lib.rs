//! Which strategy for *your* work? Hand over a list of tasks and a function, and see it one by one, in threads, in processes and as
//! async tasks, side by side:
//!
//! ```no_run
//! use std::{fs, path::PathBuf, process::ExitCode};
//!
//! use serde::{Deserialize, Serialize};
//! use side_by_side::Work;
//!
//! /// One task: a file whose words are counted.
//! #[derive(Clone, Serialize, Deserialize)]
//! struct Count(PathBuf);
//!
//! impl Work for Count {
//!     type Output = usize;
//!
//!     fn run(self) -> usize {
//!         fs::read_to_string(self.0).unwrap().split_whitespace().count()
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     side_by_side::compare(|| fs::read_dir("in").unwrap().map(|entry| Count(entry.unwrap().path())))
//! }
//! ```
//!
//! `cargo run --release` prints the table of `scripts/bench`, by the same method, and keeps all of it in a folder under `results/`, with
//! a report and pictures. `cargo run --release -- --help` lists the options: `--workers`, `--budget`, `--only`, `--seed`, `--json` and
//! others. Where the function has an asynchronous form, too, implement [`AsyncWork`] and call [`compare_with_async`].
//!
//! # What happens
//!
//! * The list is made once, and written to a file that every strategy reads: the same tasks in the same order.
//! * For each sample the program starts itself again, under an argument that nobody types, and that process runs the whole list by one
//!   strategy. So nothing of the measuring is in the measured process: what it costs is a start of your program in every time. `compare`
//!   should be the first thing in `main`, since `main` runs in every one of these processes, and in every worker of the process pool.
//! * The strategies are the crates that `scripts/bench` measures, and the measuring is that of `bench`: interleaved rounds in a shuffled
//!   order, the baseline twice, paired intervals, the memory of all processes together.
//! * Every answer is checked: the outputs of every run must be those that one by one gave in the first. A panic, a worker that is lost, or
//!   another answer makes the strategy's row `wrong`, and the reason stands below the table. The exit status is 1 then.
//!
//! # What is asked of the function
//!
//! * A task can be written down ([`Serialize`]), since workers in other processes run it too.
//! * The same task gives the same output each time. Outputs are compared by their JSON; so the order of a `HashMap` does not matter, but that
//!   of a `HashSet` does (take a `BTreeSet`), and `NaN` and the infinities, which are all `null` there, count as one.
//! * What it prints goes to standard error, and is not shown. It has the environment and the folder of the program that you start.
//! * An output should be small, a count or a digest: it is kept, carried between processes, and written down.
//!
//! # What the numbers cannot say
//!
//! How it would be on another machine, with another list, or with a server that has other things to do. What a first run leaves in a
//! cache (the files of a folder, say) makes all later ones faster: it is the warm machine that is measured. The file of the program holds
//! all strategies and the measuring, so that it is larger than one of its own would be; its start, some milliseconds, is in every time.
//! Async tasks run on one event loop in one thread: what computes there holds up all others, unless it is handed to
//! `tokio::task::spawn_blocking`.

mod answer;
mod asynchronous;
mod child;
mod cli;
mod job;
mod parent;
mod tasks;

use std::{future::Future, process::ExitCode};

use common::list::{RunLists, RunMany};
use executor::processes;
use process_pool::remote::InWorker;
use serde::{Serialize, de::DeserializeOwned};

pub use crate::cli::arguments;
use crate::{job::Job, parent::Program};

/// One task, and the function that does it.
pub trait Work: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What the function gives. The outputs of all strategies must be the same.
    type Output: Serialize + DeserializeOwned + Send + 'static;

    /// Does the task in this thread: it may wait, and it may compute.
    fn run(self) -> Self::Output;
}

/// A task that has an asynchronous form, too, which gives the same.
pub trait AsyncWork: Work {
    /// Does the task on the event loop, a runtime of tokio in one thread. An `async fn` will do, if its future is [`Send`].
    fn run(self) -> impl Future<Output = Self::Output> + Send;
}

/// Compares one by one, threads and processes on the tasks of `list`, as the command line says, and returns the exit status: 0 if all
/// answers were right, 1 if one was not, 2 if nothing could be measured, 130 after a Ctrl-C.
///
/// There are two functions because a generic one cannot tell whether a type has [`AsyncWork`]: that would take a macro in its place.
pub fn compare<W: Work, L: IntoIterator<Item = W>>(list: impl FnOnce() -> L) -> ExitCode {
    start(list, &blocking())
}

/// As [`compare`], and async tasks beside the three.
pub fn compare_with_async<W: AsyncWork, L: IntoIterator<Item = W>>(list: impl FnOnce() -> L) -> ExitCode {
    let mut strategies = blocking();
    strategies.push(Strategy { name: ASYNC, run_many: asynchronous::run_many });
    start(list, &strategies)
}

/// The strategy that needs [`AsyncWork`].
const ASYNC: &str = "async-tasks";

/// A strategy: what bench calls it, and how it runs a list.
struct Strategy<W: Work> {
    name: &'static str,
    run_many: RunMany<Job<W>>,
}

/// The strategies that need no [`AsyncWork`], the baseline first.
fn blocking<W: Work>() -> Vec<Strategy<W>> {
    vec![
        Strategy { name: "sequential", run_many: sequential::tasks::Lists::run_many },
        Strategy { name: "thread-pool", run_many: thread_pool::tasks::Lists::run_many },
        Strategy { name: "process-pool", run_many: process_pool::tasks::Lists::run_many },
    ]
}

/// What this process is: a worker of a pool, the child that runs one strategy, or the program that measures them.
fn start<W: Work, L: IntoIterator<Item = W>>(list: impl FnOnce() -> L, strategies: &[Strategy<W>]) -> ExitCode {
    if let Some(status) = processes::enter(|tasks| _ = tasks.add::<InWorker<Job<W>>>()) {
        return status;
    }
    if let Some(status) = child::run_if_asked(strategies) {
        return status;
    }
    let strategies = strategies.iter().map(|strategy| strategy.name).collect();
    parent::run(Program { strategies, write: Box::new(|| tasks::written(list())) })
}
