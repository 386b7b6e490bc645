//! An executor whose workers are processes: [`ProcessPool`].
//!
//! ```text
//! submit ──▶ command queue ──▶ scheduler ──▶ worker handle ──▶ request ──▶ child: runs the task
//! future ◀────── job ◀──────── (a thread) ◀─ reply reader ◀──── reply ◀──────┘
//! ```
//!
//! The files, in the order in which to read them. Imports go one way: scheduler, worker, wire; and child, wire.
//!
//! 1. This one: the pool. `options`: how it is made. `task` and `remote_task`: what a worker can run. `job`: an encoded task and its future;
//!    `carried`: the same, for executors that have a way of their own to their workers.
//! 2. `scheduler`: the pool's one thread, and its loop. In its folder, `commands`: the queue that users fill; `dispatch`: which worker gets which
//!    task; `start` and `growth`: when workers are started; `stop`: how they end, and what a lost one costs; `poll`: waiting for all of them.
//! 3. `worker/handle`: one worker as the scheduler sees it. `in_flight`: what it was sent and has not answered; `prefetch`: how many tasks
//!    are sent ahead; `spawn` and `fork_server`: two ways to start a process; `exit`: how it ended.
//! 4. `wire`: two pipes (`channel`), and what goes over them: `handshake`, `request`, `reply` and `reply_reader`, made of `items`.
//! 5. `child`: the worker's side, which [`enter`] calls: handshake, then request, run, reply. `child/tasks`: the tasks that it knows;
//!    `child/fork_server`: the process that copies itself for each worker.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::iter;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, JoinHandle, ThreadId};

use rustix::process::Signal;

use self::job::{Cancelled, Submitted};
use self::scheduler::commands::{CommandQueue, lock};
use crate::{Chunk, Error, Executor, Future, Map, MapOptions, Shutdown};

mod carried;
mod child;
mod job;
mod options;
mod remote_task;
mod scheduler;
mod task;
mod usage;
// Public for the fuzz targets.
#[doc(hidden)]
pub mod wire;
mod worker;

pub use carried::Carried;
pub use child::enter;
#[doc(hidden)]
pub use child::exit_if_worker;
pub use child::tasks::Tasks;
pub use options::{Options, StartMethod, default_workers};
pub use task::RemoteTask;
pub use usage::Usage;

/// Runs tasks in processes, which are started as they are needed and used again.
///
/// Callbacks of its futures run in the one thread that the pool has in this process. While one runs, no result is delivered and no
/// task handed out, so it should be brief; one that waits for another task of the same pool waits for ever.
///
/// A worker begins with the program's environment and descriptors, and with no signal blocked. It ignores SIGINT, and ends after its
/// task at SIGTERM: the program decides what to do about either. A worker that is stopped (SIGSTOP) is waited for.
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

/// What the pool and its thread share.
pub(crate) struct Shared {
    pub options: Options,
    pub commands: CommandQueue,
    /// The workers' processes.
    ids: Mutex<Vec<u32>>,
    /// By index: what the workers used up.
    usage: Mutex<BTreeMap<usize, Usage>>,
    /// The pool's thread, once the first task came.
    thread: Mutex<Option<JoinHandle<()>>>,
    thread_id: OnceLock<ThreadId>,
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
        Options::default()
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
    /// Waits until all tasks are done; unless the pool was shut down before: that caller chose whether to wait.
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
    fn new(options: Options) -> io::Result<Self> {
        Ok(Self {
            options,
            commands: CommandQueue::new()?,
            ids: Mutex::default(),
            usage: Mutex::default(),
            thread: Mutex::default(),
            thread_id: OnceLock::new(),
        })
    }

    /// Puts a task in the queue, unless it is refused, or cannot be encoded.
    fn accept<O, W>(self: &Arc<Self>, write: W) -> Future<O>
    where
        O: Send + 'static,
        W: FnOnce(Cancelled) -> Result<Submitted<O>, Error>,
    {
        if let Some(error) = self.commands.why_closed() {
            return Future::finished(Err(error));
        }
        // Encoded without the lock: that may take long, and runs the task's own code.
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

    /// Updates what [`ProcessPool::worker_ids`] returns.
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
        // Other waiters block on the lock.
        if let Some(thread) = lock(&self.thread).take() {
            // It catches every panic of user code. After one of its own, its promises are dropped, which
            // finishes the futures.
            let _ = thread.join();
        }
    }
}
