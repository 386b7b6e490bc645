//! Which worker a task runs in.

use std::cell::Cell;

thread_local! {
    static WORKER: Cell<Option<usize>> = const { Cell::new(None) };
}

/// The index of the worker that runs the calling task, from 0; `None` outside of any worker.
///
/// ```
/// use executor::{Executor, ThreadPool, worker};
///
/// assert_eq!(worker(), None);
/// assert_eq!(ThreadPool::new(4)?.submit(worker).result(), Ok(Some(0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn worker() -> Option<usize> {
    WORKER.get()
}

/// Makes the calling thread the worker `index` of an executor, as [`worker`] reports it. For executors.
///
/// ```
/// let index = std::thread::spawn(|| {
///     executor::enter_worker(7);
///     executor::worker()
/// });
/// assert_eq!(index.join().unwrap(), Some(7));
/// ```
pub fn enter_worker(index: usize) {
    WORKER.set(Some(index));
}
