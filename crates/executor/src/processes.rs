//! An executor whose workers are processes: [`ProcessPool`].
//!
//! ```text
//! submit ──▶ command queue ──▶ scheduler ──▶ worker handle ──▶ request ──▶ child: runs the task
//! future ◀────── job ◀──────── (a thread) ◀─ reply reader ◀──── reply ◀──────┘
//! ```
//!
//! The files, in the order in which to read them. Imports go one way: scheduler, worker, wire; and child, wire.
//!
//! 1. This one: the pool and its options. `task` and `remote_task`: what a worker can run. `job`: an encoded task and its future.
//! 2. `scheduler`: the pool's one thread, and its loop. In its folder, `commands`: the queue that users fill; `dispatch`: which worker gets which
//!    task; `start` and `growth`: when workers are started; `stop`: how they end, and what a lost one costs; `poll`: waiting for all of them.
//! 3. `worker/handle`: one worker as the scheduler sees it. `in_flight`: what it was sent and has not answered; `prefetch`: how many tasks
//!    are sent ahead; `spawn` and `fork_server`: two ways to start a process; `exit`: how it ended.
//! 4. `wire`: two pipes (`channel`), and what goes over them: `handshake`, `request`, `reply` and `reply_reader`, made of `items`.
//! 5. `child`: the worker's side, which [`enter`] calls: handshake, then request, run, reply. `child/tasks`: the tasks that it knows;
//!    `child/fork_server`: the process that copies itself for each worker.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, ErrorKind};
use std::iter;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use crate::{Chunk, Error, Executor, Future, Map, MapOptions, Shutdown};
use rustix::process::Signal;

use self::child::depth;
use self::job::{Cancelled, Submitted};
use self::scheduler::commands::{CommandQueue, lock};
use self::task::digest;
use self::wire::items;
use self::worker::spawn::Program;

mod child;
mod job;
mod remote_task;
mod scheduler;
mod task;
mod usage;
// Public for the fuzz targets.
#[doc(hidden)]
pub mod wire;
mod worker;

pub use child::enter;
#[doc(hidden)]
pub use child::exit_if_worker;
pub use child::tasks::Tasks;
pub use task::RemoteTask;
pub use usage::Usage;

/// So deep may a task of a pool make a pool.
const DEPTH: u32 = 8;

/// For so few workers a fork server is hardly worth its while: the first is there sooner without, and the second soon enough.
const FEW: usize = 2;

/// How long a worker may take to start if nothing else is said.
const START: Duration = Duration::from_secs(10);

/// Runs tasks in processes, which are started as they are needed and used again.
///
/// Callbacks of its futures run in the one thread that the pool has in this process. While one runs, no result is delivered and no
/// task handed out, so it should be brief; one that waits for another task of the same pool waits for ever.
///
/// A worker begins with the program's environment and descriptors, with no signal blocked, with SIGINT ignored and with SIGTERM asking it to
/// end after its task: what comes of either is for the program to decide. A task that stops its own process (SIGSTOP) is waited for.
///
/// Dropping the pool waits until all its tasks are done. If `main` returns without that (after a shutdown that did
/// not wait, or when the pool is leaked), the workers end with the program.
///
/// ```
/// use executor::{Executor, ProcessPool, remote_task};
///
/// remote_task!(ProcessId() -> u32 = std::process::id);
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     executor::enter!(ProcessId);
///     let pool = ProcessPool::new(1)?;
///     let id = pool.submit(ProcessId()).result()?;
///     assert_eq!(pool.worker_ids(), [id]);
///     pool.shutdown(true, false);
///     println!("the worker used {} microseconds of a processor", pool.usage().cpu_user_us);
///     Ok(())
/// }
/// ```
pub struct ProcessPool(Arc<Shared>);

/// What [`ProcessPool::map`] returns.
///
/// ```
/// use executor::{ProcessPool, processes::ProcessMap, remote_task};
///
/// remote_task!(Root(f64) -> f64 = f64::sqrt);
///
/// fn roots(pool: &ProcessPool) -> ProcessMap<'_, Root, [f64; 2]> {
///     pool.map(Root, [4.0, 9.0])
/// }
/// ```
pub type ProcessMap<'pool, T, I> =
    Map<'pool, ProcessPool, T, iter::Map<<I as IntoIterator>::IntoIter, fn(<I as IntoIterator>::Item) -> T>>;

/// How a [`ProcessPool`] is to be made.
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

/// What the pool and its thread share.
pub(crate) struct Shared {
    pub options: Options,
    pub commands: CommandQueue,
    /// The processes there are.
    ids: Mutex<Vec<u32>>,
    /// By index: what the workers used up.
    usage: Mutex<BTreeMap<usize, Usage>>,
    /// The pool's thread, once the first task came.
    thread: Mutex<Option<JoinHandle<()>>>,
    thread_id: OnceLock<ThreadId>,
}

/// The number of workers if nothing else is said: one for each CPU.
///
/// ```
/// assert!(executor::processes::default_workers() >= 1);
/// ```
pub fn default_workers() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

impl Options {
    /// At most this many workers. Zero is an error.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// What the workers run, if not this program: its `main` must begin with [`enter`].
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

    /// A worker ends after so many tasks (a chunk is one), and another takes its place. Zero is an error.
    pub fn max_tasks_per_child(mut self, tasks: usize) -> Self {
        self.max_tasks_per_child = Some(tasks);
        self
    }

    /// A task (or a chunk of them) that runs for longer fails with [`Error::TimedOut`], and its worker is killed.
    /// The time counts from the start of the task, not from its submission.
    pub fn task_timeout(mut self, limit: Duration) -> Self {
        self.task_timeout = Some(limit);
        self
    }

    /// A worker that has not said within this time that it is ready breaks the pool. By default 10 s; it does not
    /// hold for workers with an initializer, which may take its time.
    pub fn start_timeout(mut self, limit: Duration) -> Self {
        self.start_timeout = limit;
        self
    }

    /// A lost worker breaks the pool, as in Python: whatever is not finished fails with [`Error::Broken`].
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// By default a fork server starts the workers, unless they are to be one or two: it is hardly worth its while for these. The workers that it
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
    /// and its `main` did not begin with [`enter`].
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
        if depth() >= DEPTH {
            return mistake("a pool in a task of a pool, and so on, may be 8 deep");
        }
        if child::is_worker() && child::entered().is_none() {
            // Each worker would start workers of its own, and so on.
            return mistake("a worker cannot make a pool before its main has called processes::enter");
        }
        Ok(ProcessPool(Arc::new(Shared {
            options: self,
            commands: CommandQueue::new()?,
            ids: Mutex::default(),
            usage: Mutex::default(),
            thread: Mutex::default(),
            thread_id: OnceLock::new(),
        })))
    }

    /// The start method to use.
    pub(crate) fn method(&self) -> StartMethod {
        let by_number = if self.workers <= FEW { StartMethod::Spawn } else { StartMethod::ForkServer };
        self.start_method.unwrap_or(by_number)
    }
}

impl ProcessPool {
    /// A pool of at most this many workers.
    ///
    /// # Errors
    ///
    /// As [`Options::build`].
    pub fn new(workers: usize) -> io::Result<Self> {
        Self::builder().workers(workers).build()
    }

    /// A pool with options: by default [`default_workers`], of this program.
    pub fn builder() -> Options {
        Options {
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

    /// Makes a task of each of the inputs, and runs them in the pool's processes. All are submitted at once; the results come **in the order of
    /// the inputs**, and an error where its result would have come.
    ///
    /// The name of a task with one field is the function that makes it: `pool.map(Root, 0..20)`.
    pub fn map<T, I>(&self, task: fn(I::Item) -> T, inputs: I) -> ProcessMap<'_, T, I>
    where
        T: RemoteTask,
        I: IntoIterator,
    {
        self.map_with(MapOptions::new(), task, inputs)
    }

    /// As [`map`](Self::map), in chunks, or within a time, or only so far ahead.
    pub fn map_with<T, I>(&self, options: MapOptions, task: fn(I::Item) -> T, inputs: I) -> ProcessMap<'_, T, I>
    where
        T: RemoteTask,
        I: IntoIterator,
    {
        self.map_tasks_with(options, inputs.into_iter().map(task))
    }

    /// The process ids of the workers there are.
    pub fn worker_ids(&self) -> Vec<u32> {
        lock(&self.0.ids).clone()
    }

    /// What the workers that have ended used up, those that were killed excepted: complete after a shutdown that
    /// waits. The memory is the sum over the workers that were there side by side.
    pub fn usage(&self) -> Usage {
        let mut all = Usage::default();
        lock(&self.0.usage).values().for_each(|usage| all += *usage);
        all
    }

    /// Kills the workers. Their tasks fail with [`Error::WorkerLost`], what has not started is cancelled, and the pool
    /// is shut down. Does not wait.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use executor::{Executor, ProcessPool, remote_task};
    ///
    /// remote_task!(Sleep(Duration) -> () = std::thread::sleep);
    ///
    /// fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     executor::enter!(Sleep);
    ///     let pool = ProcessPool::new(1)?;
    ///     let future = pool.submit(Sleep(Duration::from_secs(60)));
    ///     pool.kill_workers();
    ///     assert!(future.result().is_err());
    ///     Ok(())
    /// }
    /// ```
    pub fn kill_workers(&self) {
        self.0.commands.close(None);
        self.0.commands.stop(Signal::KILL);
    }

    /// As [`kill_workers`](Self::kill_workers), but the workers are told by SIGTERM first, which lets each end the task that it runs, and are killed
    /// half a second later.
    pub fn terminate_workers(&self) {
        self.0.commands.close(None);
        self.0.commands.stop(Signal::TERM);
    }

    /// As [`Shutdown::shutdown`]. Called from a callback of one of its futures, it does not wait.
    pub fn shutdown(&self, wait: bool, cancel_futures: bool) {
        self.0.commands.close(None);
        if cancel_futures {
            self.0.commands.cancel();
        }
        if wait {
            self.0.join();
        }
    }
}

impl<T: RemoteTask> Executor<T> for ProcessPool {
    fn submit(&self, task: T) -> Future<T::Output> {
        self.0.accept(|cancelled| job::single(&task, cancelled))
    }

    fn submit_chunk(&self, tasks: Vec<T>) -> Future<Chunk<T::Output>> {
        self.0.accept(|cancelled| Ok(job::chunk(&tasks, cancelled)))
    }
}

impl Shutdown for ProcessPool {
    fn shutdown(&self, wait: bool, cancel_futures: bool) {
        self.shutdown(wait, cancel_futures);
    }
}

impl Drop for ProcessPool {
    /// Waits until all tasks are done; unless the pool was shut down before, by somebody who may not want to wait.
    fn drop(&mut self) {
        let is_open = self.0.commands.why_closed().is_none();
        if is_open {
            self.shutdown(true, false);
        }
    }
}

impl fmt::Debug for ProcessPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessPool").field("workers", &self.0.options.workers).finish_non_exhaustive()
    }
}

impl Shared {
    /// Puts a task in the queue, unless it is refused, or cannot be written down.
    fn accept<O, W>(self: &Arc<Self>, write: W) -> Future<O>
    where
        O: Send + 'static,
        W: FnOnce(Cancelled) -> Result<Submitted<O>, Error>,
    {
        if let Some(error) = self.commands.why_closed() {
            return Future::finished(Err(error));
        }
        // Written down without the lock: it may take a while, and run the task's own code.
        let (job, future) = match write(self.commands.cancelled()) {
            Ok(pair) => pair,
            Err(error) => return Future::finished(Err(error)),
        };
        if self.thread_id.get().is_none()
            && let Err(error) = self.start_thread()
        {
            self.commands.close(Some(&format!("its thread could not be started: {error}")));
        }
        self.commands.submit(job);
        future
    }

    fn start_thread(self: &Arc<Self>) -> io::Result<()> {
        let mut thread = lock(&self.thread);
        if self.thread_id.get().is_none() {
            let started = scheduler::start(self.clone())?;
            self.thread_id.get_or_init(|| started.thread().id());
            *thread = Some(started);
        }
        Ok(())
    }

    /// Tells whoever asks which processes there are.
    pub fn publish(&self, ids: Vec<u32>) {
        *lock(&self.ids) = ids;
    }

    pub fn add_usage(&self, index: usize, usage: Usage) {
        let mut all = lock(&self.usage);
        let before = all.entry(index).or_default();
        *before = before.then(usage);
    }

    /// Waits for the pool's thread, and so for the workers.
    fn join(&self) {
        if self.thread_id.get() == Some(&thread::current().id()) {
            return;
        }
        // Whoever else waits has to wait for the lock.
        if let Some(thread) = lock(&self.thread).take() {
            // It contains every panic of anybody's code. After one of its own, its promises are dropped, which
            // finishes the futures.
            let _ = thread.join();
        }
    }
}
