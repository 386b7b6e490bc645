//! What the pool's thread is asked to do, and the tasks that wait for a worker.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Error;
use rustix::event::{EventfdFlags, eventfd};
use rustix::process::Signal;

use crate::processes::job::{Cancelled, Job, Sent};

/// Fewer cancelled jobs than this are not worth a look through the queue.
const MOST_CANCELLED: usize = 1024;

/// Between the users of the pool and the pool's thread.
pub(crate) struct CommandQueue {
    inner: Mutex<Inner>,
    /// How many in the queue were cancelled there. They are out of it when a worker would get them, or when they are most of it.
    cancelled: Cancelled,
    /// Wakes the pool's thread.
    wakeup: OwnedFd,
}

#[derive(Default)]
struct Inner {
    queue: VecDeque<Job>,
    /// Why there will be no more tasks.
    closed: Option<Error>,
    /// What has not started is to be cancelled, even if it is on its way to a worker.
    cancel: bool,
    /// The workers are to be ended with this signal.
    stop: Option<Signal>,
    /// The pool's thread wants to know of tasks.
    wake: bool,
}

/// What the pool's thread was asked to do besides running tasks.
pub(crate) struct Commands {
    pub closed: bool,
    pub cancel: bool,
    pub stop: Option<Signal>,
}

impl CommandQueue {
    pub fn new() -> io::Result<Self> {
        let wakeup = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { inner: Mutex::default(), cancelled: Cancelled::default(), wakeup })
    }

    /// Puts a task in the queue, or fails its future if there are to be no more tasks.
    pub fn submit(&self, job: Job) {
        let mut inner = lock(&self.inner);
        if let Some(error) = inner.closed.clone() {
            drop(inner);
            job.fail(error);
            return;
        }
        if inner.queue.len() > MOST_CANCELLED && self.cancelled.load(Ordering::Relaxed) > inner.queue.len() as isize / 2
        {
            inner.queue.retain(|job| {
                let is_cancelled = job.is_cancelled();
                self.cancelled.fetch_sub(isize::from(is_cancelled), Ordering::Relaxed);
                !is_cancelled
            });
        }
        inner.queue.push_back(job);
        if std::mem::take(&mut inner.wake) {
            drop(inner);
            self.wake();
        }
    }

    /// There will be no more tasks: because the pool is shut down, or is broken for a reason.
    pub fn close(&self, broken: Option<&str>) {
        let mut inner = lock(&self.inner);
        match (broken, &inner.closed) {
            (Some(reason), None | Some(Error::Shutdown)) => {
                inner.closed = Some(Error::Broken { reason: reason.to_owned() });
            }
            (None, None) => inner.closed = Some(Error::Shutdown),
            _ => {}
        }
        drop(inner);
        self.wake();
    }

    /// Why there are to be no more tasks.
    pub fn why_closed(&self) -> Option<Error> {
        lock(&self.inner).closed.clone()
    }

    /// Cancels what has not started: what is in the queue at once.
    pub fn cancel(&self) {
        self.end(None);
    }

    /// Ends the workers with a signal, and cancels what has not started.
    pub fn stop(&self, signal: Signal) {
        self.end(Some(signal));
    }

    fn end(&self, stop: Option<Signal>) {
        let mut inner = lock(&self.inner);
        inner.cancel = true;
        inner.stop = stop.or(inner.stop);
        // In one step with the signal: what is in the queue when the workers have ended is given to new ones, which the signal would not reach.
        let jobs = std::mem::take(&mut inner.queue);
        drop(inner);
        self.wake();
        self.fail_all(jobs, &Error::Cancelled);
    }

    /// What there is to do.
    pub fn take(&self) -> Commands {
        let mut inner = lock(&self.inner);
        Commands { closed: inner.closed.is_some(), cancel: std::mem::take(&mut inner.cancel), stop: inner.stop.take() }
    }

    /// Empties the queue; the futures fail with this error.
    pub fn fail(&self, error: &Error) {
        let jobs = std::mem::take(&mut lock(&self.inner).queue);
        // Callbacks may want the lock.
        self.fail_all(jobs, error);
    }

    fn fail_all(&self, jobs: VecDeque<Job>, error: &Error) {
        for job in jobs {
            let was_cancelled = !job.fail(error.clone());
            self.cancelled.fetch_sub(isize::from(was_cancelled), Ordering::Relaxed);
        }
    }

    /// What a job is to count itself in, if it is cancelled in the queue.
    pub fn cancelled(&self) -> Cancelled {
        self.cancelled.clone()
    }

    /// The tasks that wait, for as long as the lock is held.
    pub fn queue(&self) -> Queue<'_> {
        Queue { inner: lock(&self.inner), cancelled: &self.cancelled }
    }

    /// Readable, when it has rung.
    pub fn wakeup(&self) -> BorrowedFd<'_> {
        self.wakeup.as_fd()
    }

    fn wake(&self) {
        // It cannot fail before it was rung 2^64 times unheard.
        let _ = rustix::io::write(&self.wakeup, &1_u64.to_ne_bytes());
    }

    pub fn clear_wakeup(&self) {
        let _ = rustix::io::read(&self.wakeup, &mut [0; 8]);
    }
}

/// The tasks that wait for a worker.
pub(crate) struct Queue<'a> {
    inner: MutexGuard<'a, Inner>,
    cancelled: &'a Cancelled,
}

impl Queue<'_> {
    /// How many tasks wait; those that were cancelled do not count.
    pub fn len(&self) -> usize {
        // One that is just being cancelled may be out of the queue before it is counted.
        let cancelled = usize::try_from(self.cancelled.load(Ordering::Relaxed)).unwrap_or_default();
        self.inner.queue.len().saturating_sub(cancelled)
    }

    /// The next task that `claim` can claim; those that were cancelled are dropped.
    pub fn next(&mut self, claim: impl Fn(Job) -> Option<Sent>) -> Option<Sent> {
        while let Some(job) = self.inner.queue.pop_front() {
            match claim(job) {
                None => _ = self.cancelled.fetch_sub(1, Ordering::Relaxed),
                sent => return sent,
            }
        }
        None
    }

    /// Tasks that were taken back go before those that came later.
    pub fn put_first(&mut self, jobs: Vec<Job>) {
        jobs.into_iter().rev().for_each(|job| self.inner.queue.push_front(job));
    }

    /// Is the pool's thread to be woken for a task? A wake-up is a system call, so only if it is worth it.
    pub fn set_wake(&mut self, wake: bool) {
        self.inner.wake = wake;
    }
}

/// Locks; after a panic elsewhere, what is behind these locks is still whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::{hint, thread};

    use crate::Task;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::processes::RemoteTask;
    use crate::processes::job::single;

    #[derive(Serialize, Deserialize)]
    struct Nothing;

    impl Task for Nothing {
        type Output = ();

        fn run(self) {}
    }

    impl RemoteTask for Nothing {
        const NAME: &'static str = "nothing";
    }

    #[test]
    fn cancelled_tasks_do_not_wait_and_do_not_pile_up() {
        let commands = CommandQueue::new().unwrap();
        for _ in 0..10 * MOST_CANCELLED {
            let (job, future) = single(&Nothing, commands.cancelled()).unwrap();
            commands.submit(job);
            future.cancel();
        }
        assert_eq!(commands.queue().len(), 0);
        assert!(lock(&commands.inner).queue.len() <= MOST_CANCELLED + 1);
        commands.submit(single(&Nothing, commands.cancelled()).unwrap().0);
        assert_eq!(commands.queue().len(), 1);
        assert!(commands.queue().next(Job::start).is_some());
        assert_eq!((commands.queue().len(), commands.cancelled.load(Ordering::Relaxed)), (0, 0));
    }

    #[test]
    fn when_the_workers_are_to_end_nothing_is_left_for_others() {
        const ROUNDS: usize = 2_000;
        let (commands, seen) = (CommandQueue::new().unwrap(), AtomicUsize::new(0));
        thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0..ROUNDS {
                    commands.submit(single(&Nothing, commands.cancelled()).unwrap().0);
                    commands.stop(Signal::KILL);
                    while seen.load(Ordering::Relaxed) == round {
                        hint::spin_loop();
                    }
                }
            });
            let mut left = 0;
            while seen.load(Ordering::Relaxed) < ROUNDS {
                if commands.take().stop.is_some() {
                    left += commands.queue().len();
                    seen.fetch_add(1, Ordering::Relaxed);
                }
            }
            assert_eq!(left, 0);
        });
    }
}
