//! An executor whose workers are anywhere: [`TaskQueue`], on NATS JetStream.
//!
//! The files, in the order in which to read them. Imports go down the list.
//!
//! 1. This one: the queue. `options`: how it is made. `notice`: what it says while it waits.
//! 2. `caller`: the loop that keeps each task until its result is here. `listen`: what it hears from the server; `audit`: what it asks
//!    when nothing comes; `clean`: what runs that died have left.
//! 3. `worker`: fetch, run, store, acknowledge.
//! 4. `alone`: a server and workers for one run; `keeper`: the process that holds both and cleans up. `enter`: how a program becomes any
//!    of these processes.
//! 5. `streams`, `connection`, `wire`, `names`: the server's streams, the way there, and what goes over it.

mod alone;
mod audit;
mod caller;
mod clean;
mod connection;
mod enter;
mod keeper;
mod listen;
mod names;
mod notice;
mod options;
mod streams;
mod wire;
pub mod worker;

use std::{
    fmt, iter,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle, ThreadId},
    time::{Duration, Instant},
};

use executor::{
    Chunk, Error, Executor, Future, Map, MapOptions, RemoteTask, Shutdown,
    processes::{Carried, Usage},
};
use tokio::sync::mpsc::UnboundedSender;

use self::{alone::Alone, caller::Event, connection::shown, names::Names, wire::Hello};

pub use clean::{Left, clean};
pub use connection::{Login, QueueError, Server};
pub use enter::{enter, kind, serve};
pub use keeper::has_server;
pub use names::{Names as QueueName, check as check_name};
pub use notice::Notice;
pub use options::{Options, random};
pub use wire::Who;

/// Runs tasks in workers that may be on other machines, by a queue on a NATS server.
///
/// It keeps each task until its result is here, and submits again what the server has lost. A task may run more than once: where a worker
/// is killed, or cut off. Its future gets one result.
///
/// Callbacks of its futures run in the one thread that the queue has in this process. While one runs, no result is delivered and no task
/// sent, so it should be brief; one that waits for another task of the same queue waits for ever.
///
/// Dropping it waits until all its tasks are done.
pub struct TaskQueue(Arc<Shared>);

/// What [`TaskQueue::map`] returns.
pub type QueueMap<'queue, T, I> =
    Map<'queue, TaskQueue, T, iter::Map<<I as IntoIterator>::IntoIter, fn(<I as IntoIterator>::Item) -> T>>;

/// A worker that serves the queue.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Who.
    pub worker: Who,
    /// How many tasks at a time.
    pub slots: usize,
    /// How many results of this run came from it.
    pub results: u64,
}

/// What the queue and its thread share.
pub(crate) struct Shared {
    pub options: Options,
    pub server: Server,
    pub names: Names,
    pub kind: u64,
    pub run: String,
    /// This process, for those who hear that it cancels something.
    pub caller: u64,
    next: AtomicU64,
    events: UnboundedSender<Event>,
    closed: Mutex<Option<Error>>,
    workers: Mutex<Workers>,
    said: Mutex<notice::Said>,
    thread: Mutex<Option<JoinHandle<()>>>,
    thread_id: OnceLock<ThreadId>,
    alone: Mutex<Option<Alone>>,
    usage: Mutex<Usage>,
}

/// Who was heard of.
#[derive(Default)]
struct Workers {
    seen: Vec<(Seen, Instant)>,
    /// Of another kind: they cannot run our tasks.
    others: Vec<(Who, Instant)>,
}

/// A worker that has said nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(5);

impl TaskQueue {
    /// A queue with options.
    pub fn builder() -> Options {
        Options::default()
    }

    /// Makes a task of each of the inputs, and runs them in the queue's workers. All are submitted at once; the results come **in the order
    /// of the inputs**, and an error where its result would have come.
    pub fn map<T, I>(&self, task: fn(I::Item) -> T, inputs: I) -> QueueMap<'_, T, I>
    where
        T: RemoteTask,
        I: IntoIterator,
    {
        self.map_with(MapOptions::new(), task, inputs)
    }

    /// As [`map`](Self::map), in chunks, or within a time, or only so far ahead.
    pub fn map_with<T, I>(&self, options: MapOptions, task: fn(I::Item) -> T, inputs: I) -> QueueMap<'_, T, I>
    where
        T: RemoteTask,
        I: IntoIterator,
    {
        self.map_tasks_with(options, inputs.into_iter().map(task))
    }

    /// The workers that serve the queue now.
    pub fn workers(&self) -> Vec<Seen> {
        lock(&self.0.workers).present().cloned().collect()
    }

    /// What the run is called on the server.
    pub fn run(&self) -> &str {
        &self.0.run
    }

    /// What the processes used that were started for this queue: complete after a shutdown that waits. Those of workers that were there
    /// already are not in it.
    pub fn usage(&self) -> Usage {
        *lock(&self.0.usage)
    }

    /// Ends the run now: what has not started is cancelled, and taken from the queue. What runs fails; its workers, where they were started
    /// for this queue, are killed, and others are told. Does not wait.
    pub fn cut_off(&self) {
        self.0.close(Error::Shutdown);
        self.0.tell(Event::CutOff);
    }

    /// As [`Shutdown::shutdown`]. Called from a callback of one of its futures, it does not wait.
    pub fn shutdown(&self, wait: bool, cancel_futures: bool) {
        self.0.close(Error::Shutdown);
        self.0.tell(Event::Close(cancel_futures));
        if wait {
            self.0.join();
        }
    }
}

impl<T: RemoteTask> Executor<T> for TaskQueue {
    fn submit(&self, task: T) -> Future<T::Output> {
        self.0.accept(|| Carried::task(&task))
    }

    fn submit_chunk(&self, tasks: Vec<T>) -> Future<Chunk<T::Output>> {
        self.0.accept(|| Ok(Carried::chunk(&tasks)))
    }
}

impl Shutdown for TaskQueue {
    fn shutdown(&self, wait: bool, cancel_futures: bool) {
        self.shutdown(wait, cancel_futures);
    }
}

impl Drop for TaskQueue {
    /// Waits until all tasks are done; unless the queue was shut down before: that caller chose whether to wait.
    fn drop(&mut self) {
        if self.0.why_closed().is_none() {
            self.shutdown(true, false);
        }
    }
}

impl fmt::Debug for TaskQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskQueue").field("server", &self.0.shown()).field("run", &self.0.run).finish_non_exhaustive()
    }
}

impl Shared {
    /// Hands a task to the thread, unless it is refused, or cannot be encoded.
    fn accept<O, W>(&self, write: W) -> Future<O>
    where
        O: Send + 'static,
        W: FnOnce() -> Result<(Carried, Future<O>), Error>,
    {
        if let Some(error) = self.why_closed() {
            return Future::finished(Err(error));
        }
        // Encoded here, not in the thread: that may take long, and runs the task's own code.
        let (carried, future) = match write() {
            Ok(pair) => pair,
            Err(error) => return Future::finished(Err(error)),
        };
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let events = self.events.clone();
        future.add_done_callback(move |future| {
            if future.cancelled() {
                _ = events.send(Event::Cancel(number));
            }
        });
        if let Err(refused) = self.events.send(Event::Submit(number, carried))
            && let Event::Submit(_, carried) = refused.0
        {
            carried.fail(self.why_closed().unwrap_or(Error::Shutdown));
        }
        future
    }

    /// Tells the thread something. Where it has ended there is nothing to be told.
    fn tell(&self, event: Event) {
        _ = self.events.send(event);
    }

    pub fn why_closed(&self) -> Option<Error> {
        lock(&self.closed).clone()
    }

    /// There will be no more tasks. That it is broken outweighs that it is shut down.
    pub fn close(&self, why: Error) {
        let mut closed = lock(&self.closed);
        if closed.is_none() || matches!((&*closed, &why), (Some(Error::Shutdown), Error::Broken { .. })) {
            *closed = Some(why);
        }
    }

    /// The server's address, without a login.
    pub fn shown(&self) -> String {
        shown(&self.server.urls)
    }

    /// A worker is there, or leaves.
    pub fn greet(&self, hello: Hello) {
        let mut workers = lock(&self.workers);
        let now = Instant::now();
        if hello.kind != self.kind {
            workers.others.retain(|(who, heard)| *who != hello.worker && now - *heard < SILENCE);
            if !hello.leaves {
                workers.others.push((hello.worker, now));
            }
            return;
        }
        let last = if hello.leaves { now.checked_sub(SILENCE).unwrap_or(now) } else { now };
        match workers.seen.iter_mut().find(|(seen, _)| seen.worker == hello.worker) {
            Some((seen, heard)) => (seen.slots, *heard) = (hello.slots, last),
            None => workers.seen.push((Seen { worker: hello.worker, slots: hello.slots, results: 0 }, last)),
        }
    }

    /// A result came from this worker.
    pub fn count(&self, worker: &Who) {
        let mut workers = lock(&self.workers);
        match workers.seen.iter_mut().find(|(seen, _)| seen.worker == *worker) {
            Some((seen, heard)) => (seen.results, *heard) = (seen.results + 1, Instant::now()),
            None => workers.seen.push((Seen { worker: worker.clone(), slots: 0, results: 1 }, Instant::now())),
        }
    }

    /// Says it, where nobody is there to run a task.
    pub fn check_workers(&self) {
        let workers = lock(&self.workers);
        if workers.present().next().is_some() {
            return;
        }
        let now = Instant::now();
        let others = workers.others.iter().filter(|(_, heard)| now - *heard < SILENCE);
        let hosts = others.map(|(who, _)| who.host.clone()).collect();
        drop(workers);
        self.notice(&Notice::NoWorker(hosts));
    }

    /// Waits for the queue's thread, and then for the processes that were started for it.
    fn join(&self) {
        if self.thread_id.get() == Some(&thread::current().id()) {
            return;
        }
        // Other waiters block on the lock.
        if let Some(thread) = lock(&self.thread).take() {
            _ = thread.join();
        }
    }
}

impl Workers {
    fn present(&self) -> impl Iterator<Item = &Seen> {
        let now = Instant::now();
        self.seen.iter().filter(move |(_, heard)| now.saturating_duration_since(*heard) < SILENCE).map(|(seen, _)| seen)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
