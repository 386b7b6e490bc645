//! An executor whose workers are threads.

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, unbounded};
use executor::{Error, Executor, Future, Job, Task, enter_worker, job, run_caught, run_chunk};

/// Runs tasks in threads, which are started as they are needed and used again.
///
/// Dropping the pool waits until all its tasks are done.
pub struct ThreadPool(Arc<Shared>);

/// How a [`ThreadPool`] is to be made.
pub struct Options {
    workers: usize,
    name_prefix: String,
    initializer: Option<Initializer>,
}

type Initializer = Box<dyn Fn() -> Result<(), Box<dyn std::error::Error + Send + Sync>> + Send + Sync>;

/// What the pool and its workers share.
struct Shared {
    options: Options,
    /// `None` after the shutdown. Submitting holds the read lock, so that no task comes after the last worker went.
    sender: RwLock<Option<Sender<Job>>>,
    jobs: Receiver<Job>,
    /// Threads started so far, at most `options.workers`.
    started: AtomicUsize,
    /// Workers that will look for a task next: those that have none, and one that is being started.
    idle: AtomicUsize,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Why the pool cannot run tasks any more.
    broken: OnceLock<String>,
}

/// The number of workers if nothing else is said: `min(32, CPUs + 4)`.
pub fn default_workers() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get).saturating_add(4).min(32)
}

impl Options {
    /// At most this many workers. Zero is an error.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// The threads are named `prefix_0`, `prefix_1` and so on. Linux shows the first 15 bytes.
    pub fn name_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.name_prefix = prefix.into();
        self
    }

    /// Called in each worker before its first task. If it fails or panics, the pool is broken: tasks that have not
    /// started fail, and so does whatever is submitted later.
    pub fn initializer<F>(mut self, initializer: F) -> Self
    where
        F: Fn() -> Result<(), Box<dyn std::error::Error + Send + Sync>> + Send + Sync + 'static,
    {
        self.initializer = Some(Box::new(initializer));
        self
    }

    /// Makes the pool. It starts no thread before the first task comes.
    pub fn build(self) -> io::Result<ThreadPool> {
        if self.workers == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a pool needs at least one worker"));
        }
        let (sender, jobs) = unbounded();
        Ok(ThreadPool(Arc::new(Shared {
            options: self,
            sender: RwLock::new(Some(sender)),
            jobs,
            started: AtomicUsize::new(0),
            idle: AtomicUsize::new(0),
            threads: Mutex::default(),
            broken: OnceLock::new(),
        })))
    }
}

impl ThreadPool {
    /// A pool of at most this many workers.
    ///
    /// # Errors
    ///
    /// Zero workers.
    pub fn new(workers: usize) -> io::Result<Self> {
        Self::builder().workers(workers).build()
    }

    /// A pool with options: by default [`default_workers`], named `thread-pool_N`, without an initializer.
    pub fn builder() -> Options {
        Options { workers: default_workers(), name_prefix: "thread-pool".to_owned(), initializer: None }
    }

    /// How many threads the pool has started.
    pub fn threads(&self) -> usize {
        self.0.started.load(SeqCst)
    }

    /// As [`Executor::shutdown`]. Called from a task of this pool, it does not wait for the worker of that task.
    pub fn shutdown(&self, wait: bool, cancel_futures: bool) {
        drop(write(&self.0.sender).take());
        if cancel_futures {
            self.0.fail_waiting(&Error::Cancelled);
        }
        if wait {
            self.join();
        }
    }

    /// Waits for the workers to end; from a task of this pool, for the others.
    fn join(&self) {
        loop {
            // The lock is held for the take and not for the join: a worker may want to note one that it started.
            let Some(thread) = lock(&self.0.threads).pop() else {
                return;
            };
            if thread.thread().id() != thread::current().id() {
                // A worker contains every panic, so there is no error to look at.
                let _ = thread.join();
            }
        }
    }

    fn accept<T: Send + 'static>(&self, make: impl FnOnce() -> (Job, Future<T>)) -> Future<T> {
        let sender = self.0.sender.read().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = &*sender else {
            return Future::finished(Err(match self.0.broken.get() {
                Some(reason) => Error::Broken { reason: reason.clone() },
                None => Error::Shutdown,
            }));
        };
        let (job, future) = make();
        // The shared state holds a receiver, so there is always somebody to take it.
        let _ = sender.send(job);
        self.0.grow();
        future
    }
}

impl<T> Executor<T> for ThreadPool
where
    T: Task + Send + 'static,
    T::Output: Send + 'static,
{
    fn submit(&self, task: T) -> Future<T::Output> {
        self.accept(|| job(task))
    }

    fn submit_chunk(&self, tasks: Vec<T>) -> Future<Vec<Result<T::Output, Error>>> {
        self.accept(|| job(|| run_chunk(tasks)))
    }

    fn shutdown(&self, wait: bool, cancel_futures: bool) {
        self.shutdown(wait, cancel_futures);
    }
}

impl Drop for ThreadPool {
    /// Waits until all tasks are done; unless the pool was shut down before, by somebody who may not want to wait.
    fn drop(&mut self) {
        let is_open = write(&self.0.sender).is_some();
        if is_open {
            self.shutdown(true, false);
        }
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPool").field("workers", &self.0.options.workers).finish_non_exhaustive()
    }
}

impl Shared {
    /// Starts a worker if a task waits, no worker is going to look for one, and there may be one more worker.
    ///
    /// It is called after each step that may call for a worker: a task was submitted; a worker took a task. Nobody
    /// starts more than one. The new one takes a task and looks in its turn whether more are waiting, so the workers
    /// start each other, while the submitter goes on.
    fn grow(self: &Arc<Self>) {
        if self.is_full() || self.jobs.is_empty() || self.idle.compare_exchange(0, 1, SeqCst, SeqCst).is_err() {
            return;
        }
        // Until the new worker takes a task, `idle` is not 0, so nobody else comes here and `started` is ours.
        if self.is_full() {
            self.idle.fetch_sub(1, SeqCst);
            return;
        }
        let index = self.started.fetch_add(1, SeqCst);
        let name = format!("{}_{index}", self.options.name_prefix);
        let worker = self.clone();
        match thread::Builder::new().name(name).spawn(move || worker.work(index)) {
            Ok(thread) => lock(&self.threads).push(thread),
            Err(error) => {
                self.started.fetch_sub(1, SeqCst);
                self.idle.fetch_sub(1, SeqCst);
                // With a worker, its tasks still have a future. Without one, nobody would ever run them.
                if index == 0 {
                    self.fail_waiting(&Error::Broken { reason: format!("failed to start a thread: {error}") });
                }
            }
        }
    }

    fn is_full(&self) -> bool {
        self.started.load(SeqCst) >= self.options.workers
    }

    /// What a worker does.
    fn work(self: Arc<Self>, index: usize) {
        enter_worker(index);
        if let Err(reason) = self.initialize() {
            return self.break_down(reason);
        }
        // Whoever started this worker has counted it as idle.
        let mut idle = true;
        while let Ok(job) = self.jobs.recv() {
            if std::mem::take(&mut idle) {
                self.idle.fetch_sub(1, SeqCst);
            }
            self.grow();
            job.run(|| {
                // Once the pool is full, nobody asks who is idle.
                if !self.is_full() {
                    idle = true;
                    self.idle.fetch_add(1, SeqCst);
                }
            });
        }
    }

    fn initialize(&self) -> Result<(), String> {
        let Some(initializer) = &self.options.initializer else {
            return Ok(());
        };
        match run_caught(initializer) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("the initializer of a worker failed: {error}")),
            Err(panic) => Err(format!("in the initializer of a worker, {panic}")),
        }
    }

    /// Takes no more tasks, and fails those that have not started.
    fn break_down(&self, reason: String) {
        let reason = self.broken.get_or_init(|| reason);
        drop(write(&self.sender).take());
        self.fail_waiting(&Error::Broken { reason: reason.clone() });
    }

    fn fail_waiting(&self, error: &Error) {
        self.jobs.try_iter().for_each(|job| job.fail(error.clone()));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
