//! A pool whose tasks may borrow.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::promise::{Promise, pair};
use crate::{Chunk, Error, Executor, Future, Shutdown, Task, enter_worker, guard, run_chunk};

/// Makes a pool of at most this many threads for the time of `use_it`, whose tasks may borrow what lives longer (as those of
/// [`std::thread::scope`]). It returns when all tasks are done.
///
/// ```
/// use executor::{Executor, as_completed, threads::scope};
///
/// let numbers = vec![4.0_f64, 9.0, 16.0];
/// let sum: f64 = scope(2, |pool| {
///     let roots = numbers.iter().map(|number| pool.submit(move || number.sqrt()));
///     as_completed(roots).map(|root| root.result().unwrap()).sum()
/// });
/// assert_eq!(sum, 9.0);
/// ```
///
/// # Panics
/// With no threads; where the system does not let the first one start; and when `use_it` panics, after the tasks.
pub fn scope<'env, R>(workers: usize, use_it: impl for<'scope> FnOnce(&Scope<'scope, 'env>) -> R) -> R {
    assert!(workers > 0, "a pool needs at least one worker");
    thread::scope(|threads| {
        let pool = Scope { threads, workers, shared: Arc::default() };
        // Also when `use_it` panics, the workers learn that no more will come.
        let _closes = Closes(&pool);
        use_it(&pool)
    })
}

/// The pool of a [`scope`].
///
/// ```
/// use executor::{Executor, threads::{Scope, scope}};
///
/// fn total<'scope>(pool: &Scope<'scope, '_>, words: &'scope [String]) -> usize {
///     pool.map_tasks(words.iter().map(|word| || word.len())).map(|len| len.unwrap_or(0)).sum()
/// }
/// let words = ["one".to_owned(), "three".to_owned()];
/// assert_eq!(scope(2, |pool| total(pool, &words)), 8);
/// ```
pub struct Scope<'scope, 'env> {
    threads: &'scope thread::Scope<'scope, 'env>,
    workers: usize,
    shared: Arc<Shared<'scope>>,
}

/// What the workers share.
#[derive(Default)]
struct Shared<'scope> {
    queue: Mutex<Queue<'scope>>,
    /// Signalled when a job has come, or none will.
    changed: Condvar,
}

#[derive(Default)]
struct Queue<'scope> {
    jobs: VecDeque<Box<dyn Job + Send + 'scope>>,
    started: usize,
    idle: usize,
    closed: bool,
}

/// A task, and the promise of its result.
trait Job {
    fn run(self: Box<Self>);
    fn cancel(self: Box<Self>);
}

struct Promised<T: Task>(T, Promise<T::Output>);

impl<T: Task> Job for Promised<T> {
    fn run(self: Box<Self>) {
        let Self(task, promise) = *self;
        if promise.set_running() {
            promise.finish(guard::caught(|| task.run()).map_err(Error::from));
        } else {
            guard::drop_contained("the drop of a task", task);
        }
    }

    fn cancel(self: Box<Self>) {
        let Self(task, promise) = *self;
        promise.finish(Err(Error::Cancelled));
        guard::drop_contained("the drop of a task", task);
    }
}

impl<'scope> Scope<'scope, '_> {
    fn push<T>(&self, task: T) -> Future<T::Output>
    where
        T: Task + Send + 'scope,
        T::Output: Send + 'scope,
    {
        let mut queue = self.shared.lock();
        if queue.closed {
            return refused();
        }
        let (promise, future) = pair();
        queue.jobs.push_back(Box::new(Promised(task, promise)));
        if queue.idle < queue.jobs.len() && queue.started < self.workers {
            let (index, shared) = (queue.started, self.shared.clone());
            let started = thread::Builder::new().name(format!("scope_{index}")).spawn_scoped(self.threads, move || {
                enter_worker(index);
                shared.work();
            });
            match started {
                Ok(_) => queue.started += 1,
                Err(error) => assert!(queue.started > 0, "failed to start a thread: {error}"),
            }
        }
        drop(queue);
        self.shared.changed.notify_one();
        future
    }
}

/// The future of a task that came after the shutdown.
fn refused<T: Send>() -> Future<T> {
    let (promise, future) = pair();
    promise.finish(Err(Error::Shutdown));
    future
}

impl<'scope> Shared<'scope> {
    fn work(&self) {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                job.run();
                queue = self.lock();
            } else if queue.closed {
                return;
            } else {
                queue.idle += 1;
                queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
                queue.idle -= 1;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue<'scope>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'scope, T> Executor<T> for Scope<'scope, '_>
where
    T: Task + Send + 'scope,
    T::Output: Send + 'scope,
{
    fn submit(&self, task: T) -> Future<T::Output> {
        self.push(task)
    }

    fn submit_chunk(&self, tasks: Vec<T>) -> Future<Chunk<T::Output>> {
        self.push(|| run_chunk(tasks))
    }
}

impl Shutdown for Scope<'_, '_> {
    /// Does not wait: the end of the scope does.
    fn shutdown(&self, _wait: bool, cancel_futures: bool) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        let cancelled = if cancel_futures { mem::take(&mut queue.jobs) } else { VecDeque::new() };
        drop(queue);
        self.shared.changed.notify_all();
        cancelled.into_iter().for_each(|job| job.cancel());
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("workers", &self.workers).finish_non_exhaustive()
    }
}

/// Shuts the pool of a scope down at its end, however that comes.
struct Closes<'a, 'scope, 'env>(&'a Scope<'scope, 'env>);

impl Drop for Closes<'_, '_, '_> {
    fn drop(&mut self) {
        self.0.shutdown(false, false);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;

    use super::*;
    use crate::as_completed;

    #[test]
    fn tasks_may_borrow_and_as_many_as_workers_run_together() {
        let (words, together) = (["one".to_owned(), "two".to_owned()], Barrier::new(2));
        let lengths: usize = scope(2, |pool| {
            let tasks = words.iter().map(|word| {
                let together = &together;
                pool.submit(move || {
                    together.wait();
                    word.len()
                })
            });
            as_completed(tasks).map(|length| length.result().unwrap()).sum()
        });
        assert_eq!(lengths, 6);
    }

    #[test]
    fn the_end_of_the_scope_waits_for_its_tasks_also_when_it_panics() {
        let done = Mutex::new(0);
        let panic = catch_unwind(AssertUnwindSafe(|| {
            scope(3, |pool| {
                for _ in 0..20 {
                    drop(pool.submit(|| *done.lock().unwrap() += 1));
                }
                panic!("the scope's own fault");
            })
        }));
        assert!(panic.is_err());
        assert_eq!(*done.lock().unwrap(), 20);
    }

    #[test]
    fn a_panic_is_its_tasks_own_and_a_shutdown_cancels_what_has_not_started() {
        scope(1, |pool| {
            let (started, go_on) = (Barrier::new(2), Barrier::new(2));
            let (started, go_on) = (Arc::new(started), Arc::new(go_on));
            assert!(matches!(pool.submit(|| panic!("boom")).result(), Err(Error::Panicked { .. })));
            let (inside, released) = (started.clone(), go_on.clone());
            let held = pool.submit(move || {
                inside.wait();
                released.wait();
            });
            started.wait();
            let waiting = pool.submit(|| 1);
            pool.shutdown(true, true);
            assert_eq!(waiting.result(), Err(Error::Cancelled));
            assert_eq!(pool.submit(|| 1).result(), Err(Error::Shutdown));
            go_on.wait();
            assert_eq!(held.result(), Ok(()));
        });
    }
}
