//! The pool, as its user sees it.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, ErrorKind};
use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use executor::{Error, Executor, Future};
use rustix::event::{EventfdFlags, eventfd};
use rustix::process::Signal;

use crate::job::{self, Job};
use crate::spawn::Program;
use crate::task::digest;
use crate::{RemoteTask, dispatch, frame, worker};
use common::Usage;

/// So deep may a task of a pool make a pool.
const DEPTH: u32 = 8;

/// Runs tasks in processes, which are started as they are needed and used again.
///
/// Dropping the pool waits until all its tasks are done. If `main` returns without that (after a shutdown that did
/// not wait, or when the pool is leaked), the workers end with the program.
pub struct ProcessPool(Arc<Shared>);

/// How a [`ProcessPool`] is to be made.
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) workers: usize,
    pub(crate) program: Program,
    pub(crate) initializer: Option<(u64, Vec<u8>)>,
    pub(crate) max_tasks_per_child: Option<usize>,
    pub(crate) task_timeout: Option<Duration>,
    pub(crate) strict: bool,
    /// What is wrong with the options.
    mistake: Option<String>,
}

/// What the pool and its thread share.
pub(crate) struct Shared {
    pub options: Options,
    pub orders: Mutex<Orders>,
    /// Wakes the pool's thread.
    pub alarm: OwnedFd,
    /// The processes there are.
    pub ids: Mutex<Vec<u32>>,
    /// By index: what the workers used up.
    usage: Mutex<Vec<Usage>>,
    /// The pool's thread, once the first task came.
    thread: Mutex<Option<JoinHandle<()>>>,
    thread_id: OnceLock<ThreadId>,
}

/// What the pool's thread is asked to do.
#[derive(Default)]
pub(crate) struct Orders {
    pub jobs: Vec<Job>,
    /// Why there will be no more tasks.
    pub closed: Option<Error>,
    /// Whatever has not started is to be cancelled.
    pub cancel: bool,
    /// The workers are to be ended with this signal.
    pub stop: Option<Signal>,
    /// The pool's thread sleeps, and wants to know of tasks: a wake-up is a system call.
    pub wake: bool,
}

/// The number of workers if nothing else is said: one for each CPU.
pub fn default_workers() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

impl Options {
    /// At most this many workers. Zero is an error.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// What the workers run, if not this program: its `main` must begin with [`worker::enter`].
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
        match frame::put(&mut row, &task) {
            Ok(()) => self.initializer = Some((digest(0, T::NAME), row)),
            Err(error) => self.mistake = Some(format!("the initializer cannot be encoded: {error}")),
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

    /// A lost worker breaks the pool, as in Python: whatever is not finished fails with [`Error::Broken`].
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Makes the pool. It starts no process before the first task comes.
    ///
    /// # Errors
    ///
    /// When an option makes no sense; when pools are nested too deeply; when this process was started as a worker,
    /// and its `main` did not begin with [`worker::enter`].
    pub fn build(self) -> io::Result<ProcessPool> {
        let mistake = |text: &str| Err(io::Error::new(ErrorKind::InvalidInput, text));
        if let Some(text) = &self.mistake {
            return mistake(text);
        }
        if self.workers == 0 {
            return mistake("a pool needs at least one worker");
        }
        if self.max_tasks_per_child == Some(0) {
            return mistake("a worker must be allowed at least one task");
        }
        if worker::depth() >= DEPTH {
            return mistake("a pool in a task of a pool, and so on, may be 8 deep");
        }
        if worker::is_worker() && worker::entered().is_none() {
            // Each worker would start workers of its own, and so on.
            return mistake("a worker cannot make a pool before its main has called worker::enter");
        }
        Ok(ProcessPool(Arc::new(Shared {
            options: self,
            orders: Mutex::default(),
            alarm: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
            ids: Mutex::default(),
            usage: Mutex::default(),
            thread: Mutex::default(),
            thread_id: OnceLock::new(),
        })))
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
            strict: false,
            mistake: None,
        }
    }

    /// The process ids of the workers there are.
    pub fn worker_ids(&self) -> Vec<u32> {
        lock(&self.0.ids).clone()
    }

    /// What the workers that have ended used up, those that were killed excepted: complete after a shutdown that
    /// waits. The memory is the sum over the workers that were there side by side.
    pub fn usage(&self) -> Usage {
        let mut all = Usage::default();
        lock(&self.0.usage).iter().for_each(|usage| all += *usage);
        all
    }

    /// Kills the workers. Their tasks fail with [`Error::WorkerLost`], what has not started is cancelled, and the pool
    /// is shut down. Does not wait.
    pub fn kill_workers(&self) {
        self.0.stop(Signal::KILL);
    }

    /// As [`kill_workers`](Self::kill_workers), but the workers are told by SIGTERM, and killed half a second later.
    pub fn terminate_workers(&self) {
        self.0.stop(Signal::TERM);
    }

    /// As [`Executor::shutdown`]. Called from a callback of one of its futures, it does not wait.
    pub fn shutdown(&self, wait: bool, cancel_futures: bool) {
        lock(&self.0.orders).cancel |= cancel_futures;
        self.0.close(None);
        if wait {
            self.0.join();
        }
    }
}

impl<T: RemoteTask> Executor<T> for ProcessPool {
    fn submit(&self, task: T) -> Future<T::Output> {
        self.0.accept(|| job::single(&task))
    }

    fn submit_chunk(&self, tasks: Vec<T>) -> Future<Vec<Result<T::Output, Error>>> {
        self.0.accept(|| job::chunk(&tasks))
    }

    fn shutdown(&self, wait: bool, cancel_futures: bool) {
        self.shutdown(wait, cancel_futures);
    }
}

impl Drop for ProcessPool {
    /// Waits until all tasks are done; unless the pool was shut down before, by somebody who may not want to wait.
    fn drop(&mut self) {
        let is_open = lock(&self.0.orders).closed.is_none();
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
    fn accept<O: Send + 'static>(
        self: &Arc<Self>,
        write: impl FnOnce() -> Result<(Job, Future<O>), Error>,
    ) -> Future<O> {
        if let Some(error) = self.why_closed() {
            return Future::finished(Err(error));
        }
        // Written down without the lock: it may take a while, and run the task's own code.
        let (job, future) = match write() {
            Ok(pair) => pair,
            Err(error) => return Future::finished(Err(error)),
        };
        if self.thread_id.get().is_none()
            && let Err(error) = self.start_thread()
        {
            self.close(Some(&format!("its thread could not be started: {error}")));
        }
        let mut orders = lock(&self.orders);
        if let Some(error) = orders.closed.clone() {
            drop(orders);
            job.fail(error);
            return future;
        }
        orders.jobs.push(job);
        if std::mem::take(&mut orders.wake) {
            drop(orders);
            self.ring_alarm();
        }
        future
    }

    fn start_thread(self: &Arc<Self>) -> io::Result<()> {
        let mut thread = lock(&self.thread);
        if self.thread_id.get().is_none() {
            let started = dispatch::start(self.clone())?;
            self.thread_id.get_or_init(|| started.thread().id());
            *thread = Some(started);
        }
        Ok(())
    }

    /// Takes no more tasks: because the pool is shut down, or is broken for a reason.
    pub fn close(&self, broken: Option<&str>) {
        let mut orders = lock(&self.orders);
        if let Some(reason) = broken
            && !matches!(orders.closed, Some(Error::Broken { .. }))
        {
            orders.closed = Some(Error::Broken { reason: reason.to_owned() });
        }
        orders.closed.get_or_insert(Error::Shutdown);
        drop(orders);
        self.ring_alarm();
    }

    /// Why no task is accepted.
    pub fn why_closed(&self) -> Option<Error> {
        lock(&self.orders).closed.clone()
    }

    pub fn add_usage(&self, index: usize, usage: Usage) {
        let mut all = lock(&self.usage);
        if all.len() <= index {
            all.resize(index + 1, Usage::default());
        }
        all[index] = all[index].then(usage);
    }

    fn stop(&self, signal: Signal) {
        lock(&self.orders).stop = Some(signal);
        self.close(None);
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

    fn ring_alarm(&self) {
        // It cannot fail before it was rung 2^64 times unheard.
        let _ = rustix::io::write(&self.alarm, &1_u64.to_ne_bytes());
    }

    pub fn silence_alarm(&self) {
        let _ = rustix::io::read(&self.alarm, &mut [0; 8]);
    }
}

/// Locks; after a panic elsewhere, what is behind these locks is still whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
