//! The options of a process pool, and what is wrong with them.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::{ProcessPool, RemoteTask, Shared, child};
use crate::processes::task::digest;
use crate::processes::wire::items;
use crate::processes::worker::spawn::Program;

/// How deep pools may be nested: a task of a pool makes a pool, and so on.
const DEPTH: u32 = 8;

/// For this few workers a fork server is not worth it: the first is there sooner without, and the second soon enough.
const FEW: usize = 2;

/// How long a worker may take to start, by default.
const START: Duration = Duration::from_secs(10);

/// The options of a [`ProcessPool`].
///
/// ```
/// use std::time::Duration;
///
/// use executor::processes::StartMethod;
/// use executor::{Error, Executor, ProcessPool, remote_task};
///
/// remote_task!(Connect(String) -> Result<(), String> = |server| (!server.is_empty()).then_some(()).ok_or("no server".into()));
/// remote_task!(Sleep(Duration) -> () = std::thread::sleep);
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     executor::enter!(Connect, Sleep);
///     let limit = Duration::from_millis(50);
///     let pool = ProcessPool::builder()
///         .workers(2)
///         .env("RUST_BACKTRACE", "1")
///         .initializer(Connect("127.0.0.1".to_owned()))
///         .max_tasks_per_child(100)
///         .task_timeout(limit)
///         .start_method(StartMethod::Spawn)
///         .build()?;
///     assert_eq!(pool.submit(Sleep(Duration::from_secs(60))).result(), Err(Error::TimedOut { after: limit }));
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) workers: usize,
    pub(crate) program: Program,
    pub(crate) initializer: Option<(u64, Vec<u8>)>,
    pub(crate) max_tasks_per_child: Option<usize>,
    pub(crate) task_timeout: Option<Duration>,
    pub(crate) start_timeout: Duration,
    pub(crate) strict: bool,
    start_method: Option<StartMethod>,
    /// What is wrong with the options.
    mistake: Option<String>,
}

/// How a pool starts its workers, in Python's words.
///
/// ```
/// use executor::{ProcessPool, processes::StartMethod};
///
/// let pool = ProcessPool::builder().start_method(StartMethod::ForkServer).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartMethod {
    /// Each worker is the program, started again.
    Spawn,
    /// The program is started again once, and then copies itself for each worker, which takes a quarter of the time.
    ForkServer,
}

/// The default number of workers: one for each CPU.
///
/// ```
/// assert!(executor::processes::default_workers() >= 1);
/// ```
pub fn default_workers() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

impl Default for Options {
    fn default() -> Self {
        Self {
            workers: default_workers(),
            program: Program { path: None, env: Vec::new() },
            initializer: None,
            max_tasks_per_child: None,
            task_timeout: None,
            start_timeout: START,
            strict: false,
            start_method: None,
            mistake: None,
        }
    }
}

impl Options {
    /// At most this many workers. Zero is an error.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// What the workers run, if not this program: its `main` must begin with [`enter`](super::enter).
    pub fn program(mut self, path: impl Into<PathBuf>) -> Self {
        self.program.path = Some(path.into());
        self
    }

    /// Sets a variable of the workers' environment, which is otherwise that of this process.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.program.env.push((name.into(), value.into()));
        self
    }

    /// Run in each worker before its first task. If it fails or panics, the pool is broken: whatever is not finished
    /// fails, and so does whatever is submitted later.
    pub fn initializer<T: RemoteTask<Output = Result<(), String>>>(mut self, task: T) -> Self {
        let mut row = Vec::new();
        match items::put(&mut row, &task) {
            Ok(()) => self.initializer = Some((digest(0, T::NAME), row)),
            Err(reason) => self.mistake = Some(format!("the initializer cannot be encoded: {reason}")),
        }
        self
    }

    /// A worker ends after this many tasks (a chunk counts as one), and another takes its place. Zero is an error.
    pub fn max_tasks_per_child(mut self, tasks: usize) -> Self {
        self.max_tasks_per_child = Some(tasks);
        self
    }

    /// A task (or a chunk of them) that runs for longer fails with [`Error::TimedOut`](crate::Error::TimedOut), and its worker is killed.
    /// The time counts from the start of the task, not from its submission.
    pub fn task_timeout(mut self, limit: Duration) -> Self {
        self.task_timeout = Some(limit);
        self
    }

    /// A worker that is not ready within this time breaks the pool. By default 10 s. It does not
    /// apply to workers with an initializer, which may take as long as it needs.
    pub fn start_timeout(mut self, limit: Duration) -> Self {
        self.start_timeout = limit;
        self
    }

    /// A lost worker breaks the pool, as in Python: whatever is not finished fails with [`Error::Broken`](crate::Error::Broken).
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// By default a fork server starts the workers, unless at most two are allowed: it is not worth it for these. The workers that it
    /// starts have the environment, the working directory and the limits that this process had when the first of them was needed. Where it
    /// cannot copy itself, since the kernel does not let it or `main` has started a thread before it enters, each is started by itself.
    pub fn start_method(mut self, method: StartMethod) -> Self {
        self.start_method = Some(method);
        self
    }

    /// Makes the pool. It starts no process before the first task comes.
    ///
    /// # Errors
    ///
    /// When an option makes no sense, as a variable whose name or value no process can have; when pools are nested too deeply; when this process was started as a worker,
    /// and its `main` did not begin with [`enter`](super::enter).
    pub fn build(self) -> io::Result<ProcessPool> {
        let mistake = |text: &str| Err(io::Error::new(ErrorKind::InvalidInput, text));
        if let Some(text) = &self.mistake {
            return mistake(text);
        }
        if self.workers == 0 {
            return mistake("a pool needs at least one worker");
        }
        if let Some(text) = self.program.mistake() {
            return mistake(text);
        }
        if self.max_tasks_per_child == Some(0) {
            return mistake("a worker must be allowed at least one task");
        }
        if child::depth() >= DEPTH {
            return mistake("a pool in a task of a pool, and so on, may be 8 deep");
        }
        if child::is_worker() && child::entered().is_none() {
            // Each worker would start workers of its own, and so on.
            return mistake("a worker cannot make a pool before its main has called processes::enter");
        }
        Ok(ProcessPool(Arc::new(Shared::new(self)?)))
    }

    /// The start method to use.
    pub(crate) fn method(&self) -> StartMethod {
        let by_number = if self.workers <= FEW { StartMethod::Spawn } else { StartMethod::ForkServer };
        self.start_method.unwrap_or(by_number)
    }
}
