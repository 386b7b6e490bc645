//! How a queue is made.

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock, atomic::AtomicU64},
    thread,
    time::Duration,
};

use tokio::sync::mpsc;

use super::{
    Names, Notice, QueueError, Server, Shared, TaskQueue,
    alone::Alone,
    audit,
    caller::{Caller, Event},
    connection::{Connection, connect},
    enter, lock, names,
    streams::{self, Limits},
};

/// The options of a [`TaskQueue`]: by default it is alone, with a server and two workers of its own.
#[derive(Clone, Debug)]
pub struct Options {
    pub(super) server: Option<Server>,
    pub(super) queue: String,
    pub(super) run: Option<String>,
    pub(super) resumes: bool,
    pub(super) workers: usize,
    pub(super) slots: usize,
    pub(super) window: usize,
    pub(super) patience: Duration,
    pub(super) limits: Limits,
    pub(super) on_notice: OnNotice,
}

/// Who hears of a notice.
#[derive(Clone)]
pub(super) struct OnNotice(pub Arc<dyn Fn(&Notice) + Send + Sync>);

impl fmt::Debug for OnNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnNotice").finish_non_exhaustive()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            server: None,
            queue: "side-by-side".to_owned(),
            run: None,
            resumes: false,
            workers: 2,
            slots: executor::processes::default_workers(),
            window: 1024,
            patience: Duration::from_secs(60),
            limits: Limits { most_tasks: -1, replicas: 1, ack_wait: Duration::from_secs(3), most_deliveries: 5 },
            on_notice: OnNotice(Arc::new(|_| ())),
        }
    }
}

impl Options {
    /// Where the queue is, if it is not to be one of its own.
    pub fn server(mut self, server: Server) -> Self {
        self.server = Some(server);
        self
    }

    /// What the queue is called, on a server that has several.
    pub fn queue(mut self, name: impl Into<String>) -> Self {
        self.queue = name.into();
        self
    }

    /// The run has this name, and goes on if one of the same name was killed: tasks that have a result already are not submitted again. They
    /// are told by the order in which they are submitted, which must be the same.
    pub fn resume(mut self, run: impl Into<String>) -> Self {
        self.run = Some(run.into());
        self.resumes = true;
        self
    }

    /// Starts so many workers for this queue, on this machine.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// How many tasks they run at a time, all together.
    pub fn slots(mut self, slots: usize) -> Self {
        self.slots = slots;
        self
    }

    /// How many tasks are on the server at a time: the others wait here. Zero is an error.
    pub fn window(mut self, tasks: usize) -> Self {
        self.window = tasks;
        self
    }

    /// How long the server may be away before the queue is broken.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long a worker may be silent about a task before another gets it. It speaks three times as often.
    pub fn ack_wait(mut self, wait: Duration) -> Self {
        self.limits.ack_wait = wait;
        self
    }

    /// How often a task is handed out, before its future fails.
    pub fn most_deliveries(mut self, times: u32) -> Self {
        self.limits.most_deliveries = times.into();
        self
    }

    /// How many tasks the queue stores, when it is made anew; by default as many as come.
    pub fn most_tasks(mut self, tasks: u32) -> Self {
        self.limits.most_tasks = tasks.into();
        self
    }

    /// On how many nodes of a cluster each task and each result is stored, when the queue is made anew.
    pub fn replicas(mut self, nodes: usize) -> Self {
        self.limits.replicas = nodes;
        self
    }

    /// Who hears what the queue waits for: called in the queue's thread, once for as long as it lasts.
    pub fn on_notice(mut self, hear: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        self.on_notice = OnNotice(Arc::new(hear));
        self
    }

    /// Makes the queue, and connects to its server.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub fn build(self) -> Result<TaskQueue, QueueError> {
        let mistake = |why: &str| Err(QueueError::Mistake(why.to_owned()));
        if self.window == 0 {
            return mistake("a queue needs room for at least one task");
        }
        if self.server.is_none() && (self.workers == 0 || self.slots == 0) {
            return mistake(
                "a queue of one's own needs at least one worker and one slot: start some, or name a server",
            );
        }
        let names = Names::new(&self.queue).map_err(QueueError::Mistake)?;
        if let Some(run) = &self.run {
            names::check(run).map_err(QueueError::Mistake)?;
        }
        let Some(kind) = enter::known_kind() else {
            return mistake("a program with a task queue begins with `queue::enter`, which lists its tasks");
        };
        let (events, heard) = mpsc::unbounded_channel();
        let alone = Alone::start(&self, events.clone())?;
        let server = alone.as_ref().and_then(Alone::server).or(self.server.clone()).expect("one or the other");
        let caller = random();
        let run = self.run.clone().unwrap_or_else(|| format!("{caller:016x}"));
        let shared = Arc::new(Shared {
            options: self,
            server,
            names,
            kind,
            run,
            caller,
            next: AtomicU64::new(0),
            events: events.clone(),
            closed: Mutex::default(),
            workers: Mutex::default(),
            said: Mutex::default(),
            thread: Mutex::default(),
            thread_id: OnceLock::new(),
            alone: Mutex::new(alone),
            usage: Mutex::default(),
        });
        start(shared, events, heard)
    }
}

/// Starts the queue's thread, and waits until it is connected.
fn start(
    shared: Arc<Shared>,
    events: mpsc::UnboundedSender<Event>,
    heard: mpsc::UnboundedReceiver<Event>,
) -> Result<TaskQueue, QueueError> {
    let (ready, connected) = std::sync::mpsc::channel();
    let theirs = shared.clone();
    let body = move || {
        let shared = theirs;
        let failed = |error: std::io::Error| QueueError::NotStarted(error.to_string());
        let runtime = match enter::event_loop() {
            Ok(runtime) => runtime,
            Err(error) => return drop(ready.send(Err(failed(error)))),
        };
        runtime.block_on(async {
            match prepare(&shared).await {
                Ok(connection) => {
                    _ = ready.send(Ok(()));
                    Caller::new(shared.clone(), connection, events).run(heard).await;
                }
                Err(error) => _ = ready.send(Err(error)),
            }
        });
        // Those that were started for the queue end before whoever waits for it goes on.
        drop(runtime);
        let alone = lock(&shared.alone).take();
        if let Some(alone) = alone {
            *lock(&shared.usage) += alone.end();
        }
    };
    let thread = thread::Builder::new().name("task-queue".to_owned()).spawn(body);
    let thread = thread.map_err(|error| QueueError::NotStarted(error.to_string()))?;
    shared.thread_id.get_or_init(|| thread.thread().id());
    *lock(&shared.thread) = Some(thread);
    let broken = || QueueError::NotStarted("its thread has ended".to_owned());
    connected.recv().unwrap_or_else(|_| Err(broken())).inspect_err(|_| shared.close(executor::Error::Shutdown))?;
    Ok(TaskQueue(shared))
}

async fn prepare(shared: &Shared) -> Result<Connection, QueueError> {
    let Shared { server, names, kind, run, options, .. } = shared;
    let connection = connect(server, "task-queue", "_INBOX.caller").await?;
    streams::make(&connection, names, *kind, options.limits, &server.urls).await?;
    if options.resumes {
        // What waits there is submitted again, under new ids: the old ones may be known as duplicates.
        _ = audit::delete_tasks(&connection.context, &names.tasks_stream(), &names.tasks_of(*kind, run)).await;
    }
    Ok(connection)
}

/// A number that no other process has.
pub fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one((std::process::id(), std::time::SystemTime::now()))
}
