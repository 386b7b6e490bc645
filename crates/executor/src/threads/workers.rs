//! The workers of a pool, their queue, and how they become more and end.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::ptr;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, OnceLock, PoisonError};

use crate::guard;
use crate::sync::thread_local;
use crate::{Error, Future, Job, enter_worker};

use crate::threads::Options;
use crate::threads::sync::{
    AtomicUsize, Builder, Condvar, JoinHandle, Mutex, MutexGuard, Receiver, RwLock, RwLockWriteGuard, Sender, unbounded,
};

thread_local! {
    /// The pool whose worker this thread is.
    static POOL: Cell<usize> = Cell::default();
}

/// What the pool and its workers share.
pub(crate) struct Workers {
    options: Options,
    /// `None` after the shutdown. Submitting holds the read lock, so that no task comes after the last worker went.
    sender: OwnLine<RwLock<Option<Sender<Job>>>>,
    jobs: Receiver<Job>,
    /// Workers that were started, or are being started; at most `options.workers`.
    started: AtomicUsize,
    /// Workers that will look for a task next: those that have none, and those that are being started.
    idle: AtomicUsize,
    threads: Mutex<Threads>,
    /// Signalled when no thread is being joined any more.
    joined: Condvar,
    /// Why the pool cannot run tasks any more.
    broken: OnceLock<String>,
}

/// The threads that were not joined yet.
#[derive(Default)]
struct Threads {
    /// By the indexes of the workers.
    running: BTreeMap<usize, JoinHandle<()>>,
    /// Those that left, the last of them last.
    left: VecDeque<JoinHandle<()>>,
    /// How many threads are being joined by those who wait for the end.
    joining: usize,
    /// How many workers were given an index,
    indexes: usize,
    /// and the indexes whose worker could not be started.
    vacant: Vec<usize>,
}

/// For each of this many tasks that wait, one worker may be starting. A model of loom's has only a few tasks.
const TASKS_PER_START: usize = if cfg!(loom) { 1 } else { 64 };

/// The last workers that left, this many, are joined at the end only: one that has just left would have to be waited for.
const LEFT_FOR_THE_END: usize = if cfg!(loom) { 1 } else { 16 };

/// On lines of the cache of its own. Each submit writes to the lock; the workers would wait for whatever else were there.
#[repr(align(128))]
struct OwnLine<T>(T);

impl Workers {
    pub fn new(options: Options) -> Arc<Self> {
        let (sender, jobs) = unbounded();
        Arc::new(Self {
            options,
            sender: OwnLine(RwLock::new(Some(sender))),
            jobs,
            started: AtomicUsize::new(0),
            idle: AtomicUsize::new(0),
            threads: Mutex::new(Threads::default()),
            joined: Condvar::new(),
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
        // The sender is dropped after the lock was released: workers wake up, and may want to look.
        let sender = self.write().take();
        sender.is_some()
    }

    /// Finishes the futures of all jobs that have not started with this error.
    pub fn fail_waiting(&self, error: &Error) {
        self.jobs.try_iter().for_each(|job| job.fail(error.clone()));
    }

    /// Waits until the last worker has ended, even if other threads wait for the same. A worker of this pool does not wait: it would wait for
    /// itself.
    pub fn join(&self) {
        if POOL.with(Cell::get) == self.address() {
            return;
        }
        let mut threads = self.lock_threads();
        loop {
            match threads.take() {
                Some(thread) => {
                    threads.joining += 1;
                    // The lock is not held for the join: a worker may want to note one that it started.
                    drop(threads);
                    // A worker catches every panic, so there is no error to look at.
                    let _ = thread.join();
                    threads = self.lock_threads();
                    threads.joining -= 1;
                    if threads.joining == 0 {
                        self.joined.notify_all();
                    }
                }
                None if threads.joining == 0 => return,
                None => threads = self.joined.wait(threads).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Which pool this is, as long as it lives.
    fn address(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    /// Starts workers if tasks wait, too few workers are going to look for one, and there may be more workers.
    ///
    /// It is called after each step that may call for a worker: a task was submitted; a worker took a task. Few are
    /// started at a time. A new one takes a task and looks in its turn whether more are waiting, so the workers start
    /// each other, while the submitter goes on; and those that find nothing left to do are not started at all. Just
    /// one at a time, and each would wait for the processor before it can start the next.
    fn grow(self: &Arc<Self>) {
        while self.lacks_worker() {
            let idle = self.idle.load(SeqCst);
            if idle >= self.jobs.len().div_ceil(TASKS_PER_START) {
                return;
            }
            if self.idle.compare_exchange(idle, idle + 1, SeqCst, SeqCst).is_err() {
                continue;
            }
            // Before the new worker was counted, the task may have been taken by a worker that was idle then: look again.
            if !self.takes_one_more() {
                // Another thread may have looked at `idle` in between, and relied on it; so look once more.
                self.idle.fetch_sub(1, SeqCst);
            } else if !self.start() {
                return;
            }
        }
    }

    /// True, if a task waits and there may be one more worker.
    fn lacks_worker(&self) -> bool {
        !self.is_full() && !self.jobs.is_empty()
    }

    /// Counts one more worker as started, if a task still waits and there may be one.
    fn takes_one_more(&self) -> bool {
        let one_more = |started| (started < self.options.workers).then_some(started + 1);
        !self.jobs.is_empty() && self.started.fetch_update(SeqCst, SeqCst, one_more).is_ok()
    }

    /// Starts a worker, which is already counted as started and as idle. False, if the system does not let us.
    fn start(self: &Arc<Self>) -> bool {
        let index = self.lock_threads().new_index();
        let mut thread =
            Builder::new().name(format!("{}_{index}", self.options.name_prefix.as_deref().unwrap_or_default()));
        if let Some(bytes) = self.options.stack_size {
            thread = thread.stack_size(bytes);
        }
        let worker = self.clone();
        match thread.spawn(move || {
            worker.work(index);
            // It may be the last to know the initializer.
            guard::drop_contained("the drop of an initializer", worker);
        }) {
            Ok(thread) => {
                self.lock_threads().running.insert(index, thread);
                true
            }
            Err(error) => {
                self.lock_threads().vacant.push(index);
                self.idle.fetch_sub(1, SeqCst);
                // The other workers will come to the tasks that wait. If there is none, no worker ever would.
                if self.started.fetch_sub(1, SeqCst) == 1 {
                    self.fail_waiting(&Error::Broken { reason: format!("failed to start a thread: {error}") });
                }
                false
            }
        }
    }

    fn is_full(&self) -> bool {
        self.started() >= self.options.workers
    }

    /// What a worker does.
    fn work(self: &Arc<Self>, index: usize) {
        enter_worker(index);
        POOL.with(|pool| pool.set(self.address()));
        if let Err(reason) = self.initialize() {
            return self.break_down(reason);
        }
        // The thread that started this worker has counted it as idle.
        let mut idle = true;
        while let Ok(job) = self.jobs.recv() {
            if std::mem::take(&mut idle) {
                self.idle.fetch_sub(1, SeqCst);
            }
            self.grow();
            job.run(|| {
                // Once the pool is full, `idle` is not looked at.
                if !self.is_full() {
                    idle = true;
                    self.idle.fetch_add(1, SeqCst);
                }
            });
        }
        self.leave(index);
    }

    /// Joins another worker that left before this one. To join a thread gives its memory back, which takes a while: if
    /// each does it for one other, there is next to nothing left to do at the end, when a caller waits.
    fn leave(&self, index: usize) {
        let other = self.lock_threads().leave(index);
        // A worker catches every panic, so there is no error to look at.
        let _ = other.map(JoinHandle::join);
    }

    fn initialize(&self) -> Result<(), String> {
        let Some(initializer) = &self.options.initializer else { return Ok(()) };
        // To print the error, and to drop it, is the user's code, too.
        match guard::caught(|| initializer().map_err(|error| error.to_string())) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("the initializer of a worker failed: {error}")),
            Err(panic) => Err(format!("the initializer of a worker {panic}")),
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

    fn lock_threads(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Threads {
    /// An index that no other worker has, below the number of workers.
    fn new_index(&mut self) -> usize {
        self.vacant.pop().unwrap_or_else(|| {
            self.indexes += 1;
            self.indexes - 1
        })
    }

    /// One of them, to be joined.
    fn take(&mut self) -> Option<JoinHandle<()>> {
        self.running.pop_first().map(|(_, thread)| thread).or_else(|| self.left.pop_front())
    }

    /// Notes that a thread leaves, and gives one that left long ago. One that is not noted yet waits for the end.
    fn leave(&mut self, index: usize) -> Option<JoinHandle<()>> {
        self.left.push_back(self.running.remove(&index)?);
        if self.left.len() > LEFT_FOR_THE_END { self.left.pop_front() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_that_cannot_be_started_leave_their_places_to_others() {
        let options = Options { workers: 2, name_prefix: None, stack_size: Some(1 << 60), initializer: None };
        let workers = Workers::new(options);
        for _ in 0..3 {
            // Two are on their way at the same time, neither of which the system lets us start.
            workers.started.fetch_add(2, SeqCst);
            workers.idle.fetch_add(2, SeqCst);
            assert!(!workers.start() && !workers.start());
            assert_eq!((workers.started(), workers.idle.load(SeqCst)), (0, 0));
        }
        assert!(workers.lock_threads().new_index() < 2);
    }
}
