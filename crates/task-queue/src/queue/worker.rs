//! A worker: it fetches tasks as it has slots free, runs them in threads, and stores their results.
//!
//! The order of its last steps is what makes a task safe: the result is stored, the server says so, and only then is the task
//! acknowledged. Whatever ends in between is run again, and the second result refused as a duplicate.

use std::{
    cell::RefCell,
    collections::VecDeque,
    fs,
    future::pending,
    process,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use async_nats::jetstream::{AckKind, Message, consumer::PullConsumer};
use common::{Cancel, Signal, this_worker};
use executor::{Executor, ThreadPool, processes::Tasks};
use futures_util::{StreamExt, future::Either};
use tokio::{
    sync::{OwnedSemaphorePermit, RwLock, Semaphore, watch},
    task::yield_now,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use super::{
    connection::{Connection, Server, connect, renewed, shown},
    names::Names,
    streams::{self, Stored},
    wire::{self, Cancelled, Hello, ResultHead, Started, TaskHead, Who},
};

/// What a worker is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where its queue is.
    pub server: Server,
    /// What the queue is called.
    pub queue: Names,
    /// How many tasks it runs at a time.
    pub slots: usize,
    /// The number of its first slot, as [`executor::worker`] has it: those of workers that serve one run alone do not overlap.
    pub first_slot: usize,
    /// Whether it goes on trying where the server is not there yet.
    pub is_patient: bool,
}

/// How a worker is to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stop {
    /// Not yet.
    #[default]
    No,
    /// It takes no more, and gives back what it cannot end in [`GRACE`](common::GRACE).
    Soon,
}

/// How long a request for tasks waits for them: then it is made anew, as it is on a new connection. One that was lost costs no more than that.
const PATIENCE: Duration = Duration::from_secs(5);

/// Before what did not work is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// How often a worker says that it is there.
const HELLO: Duration = Duration::from_secs(1);

/// From this delivery on a task runs alone: with the two before it ended its workers, and others with it, which are innocent.
const SUSPECT: i64 = 3;

/// So many of each are remembered.
const MOST_REMEMBERED: usize = 256;

thread_local! {
    static RUN: RefCell<Cancel> = RefCell::default();
}

static WHO: OnceLock<Who> = OnceLock::new();

/// This process, as it signs its results.
pub fn who() -> Who {
    let host = || fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned();
    WHO.get_or_init(|| Who { host: host(), pid: process::id() }).clone()
}

/// How the run is cancelled whose task this thread runs.
pub fn this_run() -> Cancel {
    RUN.with_borrow(Clone::clone)
}

struct Worker {
    options: Options,
    connection: Connection,
    consumer: PullConsumer,
    kind: u64,
    tasks: Tasks,
    pool: ThreadPool,
    /// Held by each task that runs: shared, or by a suspect alone.
    turn: RwLock<()>,
    runs: Mutex<Runs>,
    stop: watch::Receiver<Stop>,
}

/// What is known of runs, by their callers.
#[derive(Default)]
struct Runs {
    /// Those of which a task came: how they are cancelled.
    here: VecDeque<(u64, Cancel)>,
    /// Those that are over.
    over: VecDeque<u64>,
    /// Tasks that are not to be run.
    cancelled: VecDeque<(u64, u64)>,
}

/// Serves a queue until it is told to stop. `say` hears what it waits for.
///
/// # Errors
/// The server refuses it, or cannot be reached at the start; slots cannot be had.
pub async fn serve(
    options: Options,
    tasks: Tasks,
    kind: u64,
    stop: watch::Receiver<Stop>,
    say: impl Fn(&str),
) -> anyhow::Result<()> {
    let connection = loop {
        match connect(&options.server, "task-queue worker", "_INBOX.worker").await {
            Ok(connection) => break connection,
            Err(super::QueueError::Unreachable { .. }) if options.is_patient && *stop.borrow() == Stop::No => {
                sleep(PAUSE / 10).await
            }
            Err(error) => return Err(error.into()),
        }
    };
    let Some(consumer) = wait_for_consumer(&connection, &options, kind, stop.clone(), say).await else { return Ok(()) };
    let first = options.first_slot;
    let number = move || {
        executor::enter_worker(first + this_worker());
        Ok(())
    };
    let pool = ThreadPool::builder().workers(options.slots).name_prefix("slot").initializer(number).build()?;
    let slots = Arc::new(Semaphore::new(options.slots));
    let worker = Arc::new(Worker {
        turn: RwLock::default(),
        runs: Mutex::default(),
        stop: stop.clone(),
        options,
        connection,
        consumer,
        kind,
        tasks,
        pool,
    });
    tokio::spawn(worker.clone().greet());
    tokio::spawn(worker.clone().hear_of_cancelled());
    worker.clone().fetch_all(slots.clone()).await;

    // What runs may end by itself; the rest is given back by each, see `Worker::run`.
    let all = u32::try_from(worker.options.slots).unwrap_or(u32::MAX);
    _ = timeout(common::GRACE + PAUSE * 5, slots.acquire_many(all)).await;
    worker.say_hello(true).await;
    _ = timeout(PAUSE * 5, worker.connection.client.flush()).await;
    // Threads that still run are not waited for.
    worker.pool.shutdown(false, true);
    Ok(())
}

/// The consumer, which the first run makes.
async fn wait_for_consumer(
    connection: &Connection,
    options: &Options,
    kind: u64,
    stop: watch::Receiver<Stop>,
    say: impl Fn(&str),
) -> Option<PullConsumer> {
    let mut said = false;
    while *stop.borrow() == Stop::No {
        match streams::consumer(&connection.context, &options.queue, kind).await {
            Ok(consumer) => return Some(consumer),
            Err(why) if !said && !options.is_patient => {
                let urls = shown(&options.server.urls);
                say(&format!("waiting for a run of this version to use the queue at {urls} ({why})"));
                said = true;
            }
            Err(_) => {}
        }
        sleep(PAUSE / if options.is_patient { 10 } else { 1 }).await;
    }
    None
}

impl Worker {
    /// Asks for exactly as many tasks as there are free slots: what is fetched and waits here would burn the time within which it must be
    /// acknowledged.
    async fn fetch_all(self: Arc<Self>, slots: Arc<Semaphore>) {
        let mut stop = self.stop.clone();
        loop {
            let first = tokio::select! {
                biased;
                () = soon(&mut stop) => return,
                permit = slots.clone().acquire_owned() => permit.expect("it is never closed"),
            };
            // Those that end together are filled by one request.
            yield_now().await;
            let more = std::iter::from_fn(|| slots.clone().try_acquire_owned().ok());
            let free = std::iter::once(first).chain(more).collect();
            tokio::spawn(self.clone().fetch(free));
        }
    }

    /// Fetches a task for each of these slots.
    async fn fetch(self: Arc<Self>, mut free: Vec<OwnedSemaphorePermit>) {
        let (mut link, mut stop) = (self.connection.link.clone(), self.stop.clone());
        let epoch = link.borrow_and_update().epoch;
        let request = self.consumer.batch().max_messages(free.len()).expires(PATIENCE).messages().await;
        let Ok(mut messages) = request else { return sleep(PAUSE).await };
        loop {
            tokio::select! {
                message = messages.next() => match (message, free.pop()) {
                    (Some(Ok(message)), Some(slot)) => drop(tokio::spawn(self.clone().run(message, slot))),
                    (Some(Err(_)), _) => return sleep(PAUSE).await,
                    _ => return,
                },
                // The request went with the connection.
                () = renewed(&mut link, epoch) => return,
                () = soon(&mut stop) => break,
            }
        }
        // What is on its way already is given back at once.
        while let Ok(Some(Ok(message))) = timeout(PAUSE, messages.next()).await {
            _ = message.ack_with(AckKind::Nak(None)).await;
        }
    }

    /// Runs a task in its slot, stores its result, and acknowledges it.
    async fn run(self: Arc<Self>, message: Message, slot: OwnedSemaphorePermit) {
        let deliveries = message.info().map_or(1, |info| info.delivered);
        let opened = wire::open::<TaskHead>(&message.payload).and_then(|(head, row)| {
            if head.kind == self.kind {
                Ok((head, row.to_vec()))
            } else {
                Err("it is for another kind of worker".to_owned())
            }
        });
        let (head, row) = match opened {
            Ok(opened) => opened,
            Err(why) => {
                self.refuse(&message, why).await;
                return;
            }
        };
        let Some(cancel) = self.enter(&head) else {
            _ = message.ack().await;
            return;
        };
        let work = async {
            let _turn = if deliveries < SUSPECT {
                Either::Left(self.turn.read().await)
            } else {
                Either::Right(self.turn.write().await)
            };
            self.tell(self.options.queue.started(&head.run), &Started { number: head.number }).await;
            if deliveries > 1 {
                // It may have ended a worker, and may end this one: the word must be out before.
                _ = self.connection.client.flush().await;
            }
            let (this, name) = (self.clone(), head.name);
            let results = self.pool.submit(move || {
                RUN.set(cancel);
                let mut results = Vec::new();
                this.tasks.run(name, &row, &mut results);
                results
            });
            results.await
        };
        let results = self.keep(&message, work).await;
        let Some(results) = results else {
            // It goes on here until the process ends; its result will not be stored.
            _ = message.ack_with(AckKind::Nak(None)).await;
            return;
        };
        drop(slot);
        let (failure, results) = match results {
            Ok(results) => (None, results),
            Err(error) => (Some(("run the task".to_owned(), error.to_string())), Vec::new()),
        };
        self.store(&message, &head.run, ResultHead { number: head.number, worker: who(), failure }, &results).await;
    }

    /// Says every third of the time that the server allows that the task is still here. `None`, if the worker is to end before it.
    async fn keep<T>(&self, message: &Message, work: impl Future<Output = T>) -> Option<T> {
        let mut stop = self.stop.clone();
        let mut third = interval(self.consumer.cached_info().config.ack_wait / 3);
        third.set_missed_tick_behavior(MissedTickBehavior::Delay);
        third.tick().await;
        let ends = async {
            soon(&mut stop).await;
            sleep(common::GRACE).await;
        };
        tokio::pin!(work, ends);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                _ = third.tick() => drop(message.ack_with(AckKind::Progress).await),
                () = &mut ends => return None,
            }
        }
    }

    /// Stores a result, for as long as it takes, and acknowledges its task.
    async fn store(&self, message: &Message, run: &str, mut head: ResultHead, results: &[u8]) {
        let subject = self.options.queue.results_of(run);
        let id = format!("{run}/{}", head.number);
        let mut sealed = wire::seal(&head, results);
        let stored = self.keep(message, async {
            loop {
                match streams::store(&self.connection.context, subject.clone(), &id, sealed.clone()).await {
                    Stored::At(_) => return,
                    // Its queue was cleaned away: nobody waits for it.
                    Stored::NoStream => return,
                    Stored::TooLarge(why) => {
                        head.failure = Some(("send the result".to_owned(), why));
                        sealed = wire::seal(&head, &[]);
                    }
                    Stored::Full | Stored::Perhaps(_) => sleep(PAUSE).await,
                }
            }
        });
        if stored.await.is_some() {
            // An acknowledgement that is lost costs a run again, whose result is then a duplicate.
            _ = message.ack().await;
        }
    }

    /// What is no task for this worker is not handed out again. If it says whose it was, that future fails.
    async fn refuse(&self, message: &Message, why: String) {
        let id = message.headers.as_ref().and_then(|headers| headers.get(async_nats::header::NATS_MESSAGE_ID));
        let mut parts = id.map(|id| id.as_str().splitn(3, '/')).into_iter().flatten();
        if let (Some(run), Some(Ok(number))) = (parts.next(), parts.next().map(str::parse))
            && super::names::check(run).is_ok()
        {
            let failure = Some(("decode the task".to_owned(), why));
            self.store(message, run, ResultHead { number, worker: who(), failure }, &[]).await;
        }
        _ = message.ack_with(AckKind::Term).await;
    }

    /// Says that it is there, now and then and when it is asked.
    async fn greet(self: Arc<Self>) {
        let Ok(mut asked) = self.connection.client.subscribe(self.options.queue.who()).await else { return };
        let mut now_and_then = interval(HELLO);
        loop {
            tokio::select! {
                _ = now_and_then.tick() => {}
                question = asked.next() => if question.is_none() { return },
            }
            self.say_hello(false).await;
        }
    }

    async fn say_hello(&self, leaves: bool) {
        let hello = Hello { worker: who(), kind: self.kind, slots: self.options.slots, leaves };
        self.tell(self.options.queue.workers(), &hello).await;
    }

    async fn tell(&self, subject: String, head: &impl serde::Serialize) {
        _ = self.connection.client.publish(subject, wire::seal(head, &[])).await;
    }

    /// Hears which tasks are not to be run, and which runs are over.
    async fn hear_of_cancelled(self: Arc<Self>) {
        let Ok(mut cancelled) = self.connection.client.subscribe(self.options.queue.cancelled()).await else { return };
        while let Some(message) = cancelled.next().await {
            let Ok((Cancelled { caller, number }, _)) = wire::open(&message.payload) else { continue };
            let mut runs = self.runs();
            match number {
                Some(number) => remember(&mut runs.cancelled, (caller, number)),
                None => {
                    let here = runs.here.iter().position(|(here, _)| *here == caller);
                    let cancel = here.and_then(|place| runs.here.remove(place)).map(|(_, cancel)| cancel);
                    remember(&mut runs.over, caller);
                    drop(runs);
                    if let Some(cancel) = cancel {
                        cancel.request(Signal::Interrupt);
                        cancel.cut_off();
                    }
                }
            }
        }
    }

    /// How the task's run is cancelled; `None`, if the task is not to be run.
    fn enter(&self, head: &TaskHead) -> Option<Cancel> {
        let mut runs = self.runs();
        if runs.over.contains(&head.caller) || runs.cancelled.contains(&(head.caller, head.number)) {
            return None;
        }
        if let Some((_, cancel)) = runs.here.iter().find(|(here, _)| *here == head.caller) {
            return Some(cancel.clone());
        }
        let cancel = Cancel::default();
        remember(&mut runs.here, (head.caller, cancel.clone()));
        Some(cancel)
    }

    fn runs(&self) -> std::sync::MutexGuard<'_, Runs> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until the worker is told to stop.
async fn soon(stop: &mut watch::Receiver<Stop>) {
    if stop.wait_for(|stop| *stop == Stop::Soon).await.is_err() {
        // Nobody is there to say so.
        pending().await
    }
}

fn remember<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() == MOST_REMEMBERED {
        list.pop_front();
    }
    list.push_back(item);
}
