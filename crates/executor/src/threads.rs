//! An executor whose workers are threads: [`ThreadPool`].
//!
//! This file is the pool and its options. `workers` is what it does: one queue of jobs, threads that take from it, and when another thread is
//! started. `scope` is the form whose tasks may borrow. `sync` is what a model checker (loom) replaces.

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

use crate::{Call, Calls, Chunk, Error, Executor, Future, Map, MapOptions, Shutdown, Task, job, run_chunk};

use self::workers::Workers;

#[cfg(not(loom))]
mod scope;
mod sync;
mod workers;

#[cfg(not(loom))]
pub use self::scope::{Scope, scope};

/// Runs tasks in threads, which are started as they are needed and used again.
///
/// Dropping the pool waits until all its tasks are done, unless it was shut down before.
///
/// ```
/// use executor::{Executor, ThreadPool};
///
/// let pool = ThreadPool::new(4)?;
/// let future = pool.submit(|| std::thread::current().name().map(str::to_owned));
/// println!("it ran in {:?}", future.result()?);
/// pool.shutdown(true, false);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ThreadPool(Arc<Workers>);

/// What [`ThreadPool::map`] returns.
///
/// ```
/// use executor::{ThreadPool, threads::ThreadMap};
///
/// fn roots(pool: &ThreadPool) -> ThreadMap<'_, fn(f64) -> f64, Vec<f64>> {
///     pool.map(f64::sqrt, vec![4.0, 9.0])
/// }
/// assert_eq!(roots(&ThreadPool::new(2)?).next(), Some(Ok(2.0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type ThreadMap<'pool, F, I> =
    Map<'pool, ThreadPool, Call<F, <I as IntoIterator>::Item>, Calls<F, <I as IntoIterator>::IntoIter>>;

/// The options of a [`ThreadPool`].
///
/// ```
/// use executor::{Executor, ThreadPool};
///
/// let pool = ThreadPool::builder()
///     .workers(2)
///     .name_prefix("download")
///     .stack_size(512 * 1024)
///     .initializer(|| Ok(()))
///     .build()?;
/// let name = pool.submit(|| std::thread::current().name().map(str::to_owned)).result()?;
/// assert_eq!(name.as_deref(), Some("download_0"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Options {
    pub(crate) workers: usize,
    pub(crate) name_prefix: Option<String>,
    pub(crate) stack_size: Option<usize>,
    pub(crate) initializer: Option<Initializer>,
}

type Initializer = Box<dyn Fn() -> Result<(), Box<dyn std::error::Error + Send + Sync>> + Send + Sync>;

/// The default number of workers: `min(32, CPUs + 4)`.
///
/// ```
/// assert!((5..=32).contains(&executor::threads::default_workers()));
/// ```
pub fn default_workers() -> usize {
    workers_for(available_parallelism().map_or(1, NonZeroUsize::get))
}

/// A prefix that no other pool of this process has by default.
fn default_prefix() -> String {
    static POOLS: AtomicUsize = AtomicUsize::new(0);
    format!("thread-pool-{}", POOLS.fetch_add(1, Ordering::Relaxed))
}

fn workers_for(cpus: usize) -> usize {
    cpus.saturating_add(4).min(32)
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

    /// A pool with options: by default [`default_workers`], with names that no other pool's have, without an initializer.
    pub fn builder() -> Options {
        Options { workers: default_workers(), name_prefix: None, stack_size: None, initializer: None }
    }

    /// Calls `function` with each of the inputs, in the pool's threads. All calls are submitted at once; the results come **in the order of the
    /// inputs**, and an error where its result would have come.
    ///
    /// ```
    /// let pool = executor::ThreadPool::new(3)?;
    /// let roots: Result<Vec<f64>, _> = pool.map(f64::sqrt, [4.0, 9.0, 16.0]).collect();
    /// assert_eq!(roots, Ok(vec![2.0, 3.0, 4.0]));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn map<F, I, O>(&self, function: F, inputs: I) -> ThreadMap<'_, F, I>
    where
        F: Fn(I::Item) -> O + Clone + Send + 'static,
        I: IntoIterator<Item: Send + 'static>,
        O: Send + 'static,
    {
        self.map_with(MapOptions::new(), function, inputs)
    }

    /// As [`map`](Self::map), in chunks, or within a time, or only so far ahead.
    pub fn map_with<F, I, O>(&self, options: MapOptions, function: F, inputs: I) -> ThreadMap<'_, F, I>
    where
        F: Fn(I::Item) -> O + Clone + Send + 'static,
        I: IntoIterator<Item: Send + 'static>,
        O: Send + 'static,
    {
        self.map_tasks_with(options, Calls::new(function, inputs))
    }

    /// How many threads the pool has started.
    pub fn threads(&self) -> usize {
        self.0.started()
    }

    /// As [`Shutdown::shutdown`]. Called by a worker of this pool (in a task, a callback, a destructor), it does not wait: it would
    /// wait for itself.
    pub fn shutdown(&self, wait: bool, cancel_futures: bool) {
        self.0.close();
        if cancel_futures {
            self.0.fail_waiting(&Error::Cancelled);
        }
        if wait {
            self.0.join();
        }
    }
}

impl<T> Executor<T> for ThreadPool
where
    T: Task + Send + 'static,
    T::Output: Send + 'static,
{
    fn submit(&self, task: T) -> Future<T::Output> {
        self.0.submit(|| job(task))
    }

    fn submit_chunk(&self, tasks: Vec<T>) -> Future<Chunk<T::Output>> {
        self.0.submit(|| job(|| run_chunk(tasks)))
    }
}

impl Shutdown for ThreadPool {
    fn shutdown(&self, wait: bool, cancel_futures: bool) {
        self.shutdown(wait, cancel_futures);
    }
}

impl Drop for ThreadPool {
    /// Waits until all tasks are done; unless the pool was shut down before: that caller chose whether to wait.
    fn drop(&mut self) {
        if self.0.close() {
            self.0.join();
        }
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workers = self.0.options().workers;
        f.debug_struct("ThreadPool").field("workers", &workers).field("threads", &self.threads()).finish()
    }
}

impl Options {
    /// At most this many workers. Zero is an error.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// The threads are named `prefix_0`, `prefix_1` and so on; by default `thread-pool-0_0`, and in the next pool
    /// `thread-pool-1_0`. Linux shows the first 15 bytes.
    pub fn name_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.name_prefix = Some(prefix.into());
        self
    }

    /// The size of each thread's stack, in bytes; by default that of the standard library, 2 MiB.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
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
    ///
    /// # Errors
    ///
    /// Zero workers; a NUL byte in the threads' name.
    pub fn build(mut self) -> io::Result<ThreadPool> {
        let refused = |why: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        if self.workers == 0 {
            return refused("a pool needs at least one worker");
        }
        let prefix = self.name_prefix.get_or_insert_with(default_prefix);
        if prefix.contains('\0') {
            return refused("a thread's name cannot have a NUL byte in it");
        }
        Ok(ThreadPool(Workers::new(self)))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_are_four_workers_more_than_cpus_but_not_over_32() {
        assert_eq!([1, 2, 28, 29, 256, usize::MAX].map(super::workers_for), [5, 6, 32, 32, 32, 32]);
    }
}
