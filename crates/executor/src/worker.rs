//! Which worker a task runs in.

use std::cell::Cell;

thread_local! {
    static WORKER: Cell<Option<usize>> = const { Cell::new(None) };
}

/// The index of the worker that runs the calling task, from 0; `None` outside of any worker.
pub fn worker() -> Option<usize> {
    WORKER.get()
}

/// Makes the calling thread the worker `index` of an executor, for whoever asks [`worker`]. For executors.
pub fn enter_worker(index: usize) {
    WORKER.set(Some(index));
}
