//! What is run, and what runs it.

use std::sync::Arc;

use crate::{Chunk, Future, Map, MapOptions};

/// One unit of work. Any closure is a task; a process pool asks for tasks that can be serialised.
///
/// ```
/// use executor::{Executor, Inline, Task};
///
/// struct Square(u32);
///
/// impl Task for Square {
///     type Output = u32;
///
///     fn run(self) -> u32 {
///         self.0 * self.0
///     }
/// }
///
/// assert_eq!(Inline.submit(Square(12)).result(), Ok(144));
/// assert_eq!(Inline.submit(|| 12 * 12).result(), Ok(144));
/// ```
pub trait Task {
    /// What the task gives back. A task's own errors are a `Result` in here; [`Error`](crate::Error) is why there is none.
    type Output;

    /// Does the work.
    fn run(self) -> Self::Output;
}

impl<F: FnOnce() -> T, T> Task for F {
    type Output = T;

    fn run(self) -> T {
        self()
    }
}

/// What every executor has, whatever it runs.
///
/// ```
/// use executor::{Error, Executor, Shutdown, ThreadPool};
///
/// fn stop(executors: &[&dyn Shutdown]) {
///     executors.iter().for_each(|executor| executor.shutdown(true, false));
/// }
/// let pool = ThreadPool::new(1)?;
/// stop(&[&pool]);
/// assert_eq!(pool.submit(|| 1).result(), Err(Error::Shutdown));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Shutdown {
    /// Takes no more tasks. Those that were submitted are still run, unless `cancel_futures`, which cancels those
    /// that have not started. With `wait`, returns when the last worker has ended. Twice is fine.
    fn shutdown(&self, wait: bool, cancel_futures: bool);
}

/// Something that runs tasks of type `T` (PEP 3148; *Fluent Python* 2e, chapter 20).
///
/// ```
/// use executor::{Executor, Inline, ThreadPool};
///
/// fn squares<E: Executor<fn() -> u32>>(executor: &E) -> Vec<u32> {
///     let tasks: [fn() -> u32; 2] = [|| 2 * 2, || 3 * 3];
///     executor.map_tasks(tasks).map(|result| result.unwrap()).collect()
/// }
/// assert_eq!(squares(&Inline), [4, 9]);
/// assert_eq!(squares(&ThreadPool::new(2)?), [4, 9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Executor<T: Task>: Shutdown {
    /// Hands a task over and returns its future at once.
    ///
    /// Submitting cannot fail: after a shutdown, or when the pool is broken, the future is already finished with
    /// the [`Error`](crate::Error).
    ///
    /// A task may submit to its own pool. If it also waits for the result, it keeps its worker meanwhile: when all workers wait
    /// so, none is left to run what they wait for, and they wait for ever, as in Python.
    fn submit(&self, task: T) -> Future<T::Output>;

    /// Hands several tasks over as one piece of work, which one worker does one after another: what
    /// [`MapOptions::chunksize`] does with its chunks. A task that panics costs its own result only.
    fn submit_chunk(&self, tasks: Vec<T>) -> Future<Chunk<T::Output>>;

    /// Submits every task at once, and returns a lazy iterator of the results **in the order of the tasks**: Python's `map`, for tasks that are made
    /// already. The pools have a `map` of their own, which takes a function and its inputs.
    fn map_tasks<I>(&self, tasks: I) -> Map<'_, Self, T, I::IntoIter>
    where
        I: IntoIterator<Item = T>,
        Self: Sized,
    {
        self.map_tasks_with(MapOptions::default(), tasks)
    }

    /// As [`map_tasks`](Self::map_tasks), in chunks, or within a time, or only so far ahead.
    fn map_tasks_with<I>(&self, options: MapOptions, tasks: I) -> Map<'_, Self, T, I::IntoIter>
    where
        I: IntoIterator<Item = T>,
        Self: Sized,
    {
        Map::new(self, options, tasks.into_iter())
    }
}

/// Whatever leads to an executor is one.
macro_rules! leads_to_an_executor {
    ($($pointer:ty),*) => {
        $(impl<T: Task, E: Executor<T> + ?Sized> Executor<T> for $pointer {
            fn submit(&self, task: T) -> Future<T::Output> {
                (**self).submit(task)
            }

            fn submit_chunk(&self, tasks: Vec<T>) -> Future<Chunk<T::Output>> {
                (**self).submit_chunk(tasks)
            }
        }

        impl<E: Shutdown + ?Sized> Shutdown for $pointer {
            fn shutdown(&self, wait: bool, cancel_futures: bool) {
                (**self).shutdown(wait, cancel_futures);
            }
        })*
    };
}

leads_to_an_executor!(&E, Box<E>, Arc<E>);
