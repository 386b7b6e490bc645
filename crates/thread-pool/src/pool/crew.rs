//! The workers of a pool, their queue, and how they become more and end.

use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, OnceLock, PoisonError};

use executor::{Error, Future, Job, enter_worker, run_caught};

use crate::pool::Options;
use crate::pool::sync::{
    AtomicUsize, Builder, JoinHandle, Mutex, MutexGuard, Receiver, RwLock, RwLockWriteGuard, Sender, current, unbounded,
};

/// What the pool and its workers share.
pub(crate) struct Crew {
    options: Options,
    /// `None` after the shutdown. Submitting holds the read lock, so that no task comes after the last worker went.
    sender: OwnLine<RwLock<Option<Sender<Job>>>>,
    jobs: Receiver<Job>,
    /// Threads started so far, at most `options.workers`.
    started: AtomicUsize,
    /// Workers that will look for a task next: those that have none, and one that is being started.
    idle: AtomicUsize,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Why the pool cannot run tasks any more.
    broken: OnceLock<String>,
}

/// On lines of the cache of its own. Each submit writes to the lock; the workers would wait for whatever else were there.
#[repr(align(128))]
struct OwnLine<T>(T);

impl Crew {
    pub fn new(options: Options) -> Arc<Self> {
        let (sender, jobs) = unbounded();
        Arc::new(Self {
            options,
            sender: OwnLine(RwLock::new(Some(sender))),
            jobs,
            started: AtomicUsize::new(0),
            idle: AtomicUsize::new(0),
            threads: Mutex::new(Vec::new()),
            broken: OnceLock::new(),
        })
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    /// How many threads were started.
    pub fn started(&self) -> usize {
        self.started.load(SeqCst)
    }

    /// Queues the job that `make` makes, or says in its future why not.
    pub fn submit<T: Send + 'static>(self: &Arc<Self>, make: impl FnOnce() -> (Job, Future<T>)) -> Future<T> {
        let sender = self.sender.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = &*sender else {
            let broken = self.broken.get().map(|reason| Error::Broken { reason: reason.clone() });
            return Future::finished(Err(broken.unwrap_or(Error::Shutdown)));
        };
        let (job, future) = make();
        // Sending cannot fail: this holds a receiver.
        let _ = sender.send(job);
        self.grow();
        future
    }

    /// Takes no more jobs. False, if that was so before.
    pub fn close(&self) -> bool {
        // The sender is dropped with the lock let go: workers wake up, and may want to look.
        let sender = self.write().take();
        sender.is_some()
    }

    /// Finishes the futures of all jobs that have not started with this error.
    pub fn fail_waiting(&self, error: &Error) {
        self.jobs.try_iter().for_each(|job| job.fail(error.clone()));
    }

    /// Waits for the workers to end. If a worker calls it, for the others.
    pub fn join(&self) {
        loop {
            // The lock is held for the take and not for the join: a worker may want to note one that it started.
            let Some(thread) = self.lock_threads().pop() else { return };
            if thread.thread().id() != current().id() {
                // A worker contains every panic, so there is no error to look at.
                let _ = thread.join();
            }
        }
    }

    /// Starts a worker if a task waits, no worker is going to look for one, and there may be one more worker.
    ///
    /// It is called after each step that may call for a worker: a task was submitted; a worker took a task. Nobody
    /// starts more than one. The new one takes a task and looks in its turn whether more are waiting, so the workers
    /// start each other, while the submitter goes on.
    fn grow(self: &Arc<Self>) {
        while self.lacks_worker() && self.idle.compare_exchange(0, 1, SeqCst, SeqCst).is_ok() {
            // Until the new worker takes a task, `idle` is not 0, so nobody else comes here. But before it was counted,
            // the task may have been taken by a worker that was idle then: look again.
            if self.lacks_worker() {
                return self.start();
            }
            // Somebody may have looked at `idle` in between, and relied on it; so look once more.
            self.idle.fetch_sub(1, SeqCst);
        }
    }

    /// True, if a task waits and there may be one more worker.
    fn lacks_worker(&self) -> bool {
        !self.is_full() && !self.jobs.is_empty()
    }

    /// Starts a worker, which is already counted as idle.
    fn start(self: &Arc<Self>) {
        let index = self.started.fetch_add(1, SeqCst);
        let mut thread = Builder::new().name(format!("{}_{index}", self.options.name_prefix));
        if let Some(bytes) = self.options.stack_size {
            thread = thread.stack_size(bytes);
        }
        let worker = self.clone();
        match thread.spawn(move || worker.work(index)) {
            Ok(thread) => self.lock_threads().push(thread),
            Err(error) => {
                self.started.fetch_sub(1, SeqCst);
                self.idle.fetch_sub(1, SeqCst);
                // The other workers will come to the tasks that wait. If there is none, nobody ever would.
                if index == 0 {
                    self.fail_waiting(&Error::Broken { reason: format!("failed to start a thread: {error}") });
                }
            }
        }
    }

    fn is_full(&self) -> bool {
        self.started() >= self.options.workers
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
        let Some(initializer) = &self.options.initializer else { return Ok(()) };
        match run_caught(initializer) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("the initializer of a worker failed: {error}")),
            Err(panic) => Err(format!("in the initializer of a worker, {panic}")),
        }
    }

    /// Takes no more tasks, and fails those that have not started.
    fn break_down(&self, reason: String) {
        let reason = self.broken.get_or_init(|| reason);
        self.close();
        self.fail_waiting(&Error::Broken { reason: reason.clone() });
    }

    fn write(&self) -> RwLockWriteGuard<'_, Option<Sender<Job>>> {
        self.sender.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
