//! The caller's side: a thread with an event loop of its own, behind a blocking interface.
//!
//! ```text
//! submit ─▶ backlog ─▶ unfinished (the window) ─▶ stream of tasks ─▶ worker
//! future ◀─────────────────┘  ◀──────────────── stream of results ◀────┘
//! ```
//!
//! The server is a transport and not the truth: it acknowledges a message before that is on the disk. So what was submitted is kept here
//! until its result has come, and what the server has lost is submitted again.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use executor::{Error, processes::Carried};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender},
    time::{MissedTickBehavior, interval_at, timeout},
};

use super::{
    Notice, Shared,
    audit::{self, Findings},
    connection::Connection,
    listen,
    streams::{self, Stored},
    wire::{self, Cancelled, Hello, ResultHead, TaskHead},
};

/// What the caller's thread hears: from its users, and from the server.
pub enum Event {
    /// A task was submitted, under this number.
    Submit(u64, Carried),
    /// A future was cancelled.
    Cancel(u64),
    /// No more tasks come; with true, what has not started is cancelled.
    Close(bool),
    /// The run is cut off.
    CutOff,
    /// It cannot go on.
    Broken(String),
    /// The server has a task, under this sequence; or refuses it for good.
    Stored(u64, Result<u64, String>),
    /// A worker begins a task.
    Started(u64),
    /// A task has ended.
    Finished(ResultHead, Bytes),
    /// All results that were there when the run began have been told of.
    CaughtUp,
    /// The server hands a task out no more: the sequence under which it has it.
    GivenUp(u64),
    /// A worker is there, or leaves.
    Worker(Hello),
    /// What an audit has found.
    Audited(Findings),
    /// Something to say to the user.
    Notice(Notice),
}

/// A task that has no result yet.
struct Unfinished {
    carried: Carried,
    /// Where the server has it.
    sequence: Option<u64>,
    /// How often it was submitted.
    attempt: u32,
    /// How often a worker has begun to run it.
    starts: i64,
}

pub struct Caller {
    pub shared: Arc<Shared>,
    pub connection: Connection,
    pub sender: UnboundedSender<Event>,
    /// What is on the server.
    unfinished: HashMap<u64, Unfinished>,
    numbers: HashMap<u64, u64>,
    /// What is not, for want of room in the window.
    backlog: VecDeque<(u64, Carried)>,
    /// Results of a run that goes on, whose tasks are yet to be submitted again.
    early: HashMap<u64, (ResultHead, Bytes)>,
    caught_up: bool,
    closed: bool,
    /// How many events have moved the run on; and how many had when it was last looked at.
    moves: u64,
    audited: u64,
    suspicion: u32,
    down_since: Option<Instant>,
}

/// How often a run that does not move is looked at.
const AUDIT: Duration = Duration::from_secs(1);

/// Two looks in a row must find that the server has lost something before it is believed, for a result may just be on its way; or ten,
/// where workers are busy.
const BELIEVED: u32 = 10;

/// So often is a task submitted that workers are given, and do not run.
const MOST_ATTEMPTS: u32 = 4;

/// How long the last words to the server may take.
const FAREWELL: Duration = Duration::from_secs(2);

impl Caller {
    pub fn new(shared: Arc<Shared>, connection: Connection, sender: UnboundedSender<Event>) -> Self {
        let caught_up = !shared.options.resumes;
        Self {
            shared,
            connection,
            sender,
            unfinished: HashMap::new(),
            numbers: HashMap::new(),
            backlog: VecDeque::new(),
            early: HashMap::new(),
            caught_up,
            closed: false,
            moves: 0,
            audited: 0,
            suspicion: 0,
            down_since: None,
        }
    }

    /// Runs until no more tasks come and all have ended.
    pub async fn run(mut self, mut events: UnboundedReceiver<Event>) {
        listen::to_all(&self);
        let mut tick = interval_at(tokio::time::Instant::now() + AUDIT, AUDIT);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::new();
        while !(self.closed && self.unfinished.is_empty() && self.backlog.is_empty()) {
            tokio::select! {
                biased;
                _ = events.recv_many(&mut batch, 256) => {}
                _ = tick.tick() => self.look(),
            }
            for event in batch.drain(..) {
                self.hear(event);
            }
            self.fill();
        }
        // Who submits from now on has missed it, and is told so by the closed channel.
        events.close();
        while let Ok(event) = events.try_recv() {
            if let Event::Submit(_, carried) = event {
                carried.fail(self.shared.why_closed().unwrap_or(Error::Shutdown));
            }
        }
        _ = timeout(FAREWELL, self.leave()).await;
    }

    /// Submits as much as the window has room for.
    fn fill(&mut self) {
        while self.caught_up && self.unfinished.len() < self.shared.options.window {
            let Some((number, carried)) = self.backlog.pop_front() else { return };
            if let Some((head, row)) = self.early.remove(&number) {
                deliver(carried, head, &row);
                continue;
            }
            // One that was cancelled has no request any more.
            if carried.request().is_some() {
                self.unfinished.insert(number, Unfinished { carried, sequence: None, attempt: 0, starts: 0 });
                self.send(number);
            }
        }
    }

    /// Has a task stored on the server, however long that takes.
    fn send(&mut self, number: u64) {
        let Some(task) = self.unfinished.get_mut(&number) else { return };
        let Some((name, row)) = task.carried.request() else { return };
        task.attempt += 1;
        task.sequence = None;
        let Shared { kind, run, caller, .. } = &*self.shared;
        let (kind, caller) = (*kind, *caller);
        let message = wire::seal(&TaskHead { kind, run: run.clone(), caller, number, name }, &row);
        let id = format!("{run}/{number}/{caller:x}.{}", task.attempt);
        let subject = self.shared.names.tasks_of(kind, run);
        let (context, sender) = (self.connection.context.clone(), self.sender.clone());
        tokio::spawn(async move {
            let mut pause = Duration::from_millis(5);
            let stored = loop {
                match streams::store(&context, subject.clone(), &id, message.clone()).await {
                    Stored::At(sequence) => break Ok(sequence),
                    Stored::TooLarge(why) => break Err(why),
                    Stored::Full => _ = sender.send(Event::Notice(Notice::Full)),
                    Stored::NoStream => _ = sender.send(Event::Notice(Notice::NoStream)),
                    Stored::Perhaps(why) => _ = sender.send(Event::Notice(Notice::NotStored(why))),
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(200));
            };
            _ = sender.send(Event::Stored(number, stored));
        });
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Submit(number, carried) => self.submit(number, carried),
            Event::Cancel(number) => self.cancel(number),
            Event::Close(cancel) => {
                self.closed = true;
                if cancel {
                    self.cancel_all();
                }
            }
            Event::CutOff => self.cut_off(),
            Event::Broken(reason) => self.give_up(&reason),
            Event::Stored(number, stored) => self.stored(number, stored),
            Event::Started(number) => {
                if let Some(task) = self.unfinished.get_mut(&number) {
                    self.moves += 1;
                    task.starts += 1;
                    task.carried.set_running();
                }
            }
            Event::Finished(head, row) => self.finished(head, row),
            Event::CaughtUp => self.caught_up = true,
            Event::GivenUp(sequence) => self.given_up(sequence),
            Event::Worker(hello) => self.shared.greet(hello),
            Event::Audited(findings) => self.audited(findings),
            Event::Notice(notice) => self.shared.notice(&notice),
        }
    }

    fn submit(&mut self, number: u64, carried: Carried) {
        if self.closed {
            carried.fail(self.shared.why_closed().unwrap_or(Error::Shutdown));
        } else {
            self.backlog.push_back((number, carried));
        }
    }

    /// A task's future was cancelled: the message is deleted, wherever it is in the queue.
    fn cancel(&mut self, number: u64) {
        // In the backlog it is passed over when its turn comes.
        let Some(task) = self.unfinished.remove(&number) else { return };
        if let Some(sequence) = task.sequence {
            self.delete(sequence);
        }
        // It may just have been handed out.
        self.tell_cancelled(Some(number));
    }

    /// Cancels what has not started.
    fn cancel_all(&mut self) {
        self.backlog.drain(..).for_each(|(_, carried)| _ = carried.cancel());
        let started = |_: &u64, task: &mut Unfinished| !task.carried.cancel();
        self.unfinished.retain(started);
        self.numbers.retain(|_, number| self.unfinished.contains_key(number));
        // What runs is not disturbed by it, and acknowledges a message that is gone.
        let (context, names) = (self.connection.context.clone(), self.shared.names.clone());
        let subject = names.tasks_of(self.shared.kind, &self.shared.run);
        tokio::spawn(async move { _ = audit::delete_tasks(&context, &names.tasks_stream(), &subject).await });
    }

    /// The run ends now, whatever is under way.
    fn cut_off(&mut self) {
        self.cancel_all();
        self.tell_cancelled(None);
        self.give_up("the run was cut off");
    }

    fn give_up(&mut self, reason: &str) {
        self.closed = true;
        self.shared.close(Error::Broken { reason: reason.to_owned() });
        let unfinished = self.unfinished.drain().map(|(_, task)| task.carried);
        for carried in unfinished.chain(self.backlog.drain(..).map(|(_, carried)| carried)) {
            carried.fail(Error::Broken { reason: reason.to_owned() });
        }
    }

    fn tell_cancelled(&self, number: Option<u64>) {
        let (client, subject) = (self.connection.client.clone(), self.shared.names.cancelled());
        let message = wire::seal(&Cancelled { caller: self.shared.caller, number }, &[]);
        tokio::spawn(async move { _ = client.publish(subject, message).await });
    }

    fn delete(&mut self, sequence: u64) {
        self.numbers.remove(&sequence);
        let (context, stream) = (self.connection.context.clone(), self.shared.names.tasks_stream());
        tokio::spawn(async move { _ = audit::delete(&context, &stream, sequence).await });
    }

    fn stored(&mut self, number: u64, stored: Result<u64, String>) {
        self.moves += 1;
        match (stored, self.unfinished.get_mut(&number)) {
            (Ok(sequence), Some(task)) => {
                task.sequence = Some(sequence);
                self.numbers.insert(sequence, number);
                self.shared.went_well();
            }
            // It was cancelled meanwhile; or has its result already.
            (Ok(sequence), None) => self.delete(sequence),
            (Err(reason), _) => self.fail(number, Error::Failed { doing: "send the task".to_owned(), reason }),
        }
    }

    fn fail(&mut self, number: u64, error: Error) {
        if let Some(task) = self.unfinished.remove(&number) {
            task.carried.fail(error);
        }
    }

    fn finished(&mut self, head: ResultHead, row: Bytes) {
        self.moves += 1;
        match self.unfinished.remove(&head.number) {
            Some(task) => {
                if let Some(sequence) = task.sequence {
                    self.numbers.remove(&sequence);
                }
                self.shared.count(&head.worker);
                deliver(task.carried, head, &row);
            }
            // A second result is dropped; so is that of a task that was cancelled.
            None if self.shared.options.resumes => drop(self.early.insert(head.number, (head, row))),
            None => {}
        }
    }

    fn given_up(&mut self, sequence: u64) {
        let Some(number) = self.numbers.get(&sequence).copied() else { return };
        self.delete(sequence);
        let times = self.shared.options.limits.most_deliveries;
        // Who waited in a worker, and ended with it, was handed out and did not run. The word of a first start may have ended with its worker.
        if self.unfinished.get(&number).is_some_and(|task| task.starts + 1 < times && task.attempt < MOST_ATTEMPTS) {
            return self.send(number);
        }
        let reason = format!("{times} workers in turn were given it, and none came back with a result");
        self.fail(number, Error::Failed { doing: "run the task".to_owned(), reason });
    }

    /// Looks at a run that does not move.
    fn look(&mut self) {
        let link = *self.connection.link.borrow();
        if link.is_up {
            self.down_since = None;
        } else {
            let since = *self.down_since.get_or_insert_with(Instant::now);
            self.shared.notice(&Notice::Down);
            if since.elapsed() > self.shared.options.patience {
                let patience = self.shared.options.patience;
                self.give_up(&format!("the queue's server at {} was away for {patience:?}", self.shared.shown()));
            }
            return;
        }
        let moved = std::mem::replace(&mut self.audited, self.moves) != self.moves;
        if moved || self.unfinished.is_empty() {
            self.suspicion = 0;
            return;
        }
        self.shared.check_workers();
        let stored = self.unfinished.values().filter_map(|task| task.sequence).collect();
        let (shared, context, sender, moves) =
            (self.shared.clone(), self.connection.clone(), self.sender.clone(), self.moves);
        tokio::spawn(async move {
            if let Some(findings) = audit::look(&shared, &context, stored, moves).await {
                _ = sender.send(Event::Audited(findings));
            }
        });
    }

    /// The server has lost tasks, or holds on to such as it hands out no more: an advisory may have been missed.
    fn audited(&mut self, findings: Findings) {
        if findings.moves != self.moves || (!findings.is_lost && findings.stuck.is_empty()) {
            self.suspicion = 0;
            return;
        }
        self.suspicion += if findings.is_idle { 5 } else { 1 };
        if self.suspicion < BELIEVED {
            return;
        }
        self.suspicion = 0;
        if findings.is_lost {
            let lost: Vec<u64> =
                self.unfinished.iter().filter(|(_, task)| task.sequence.is_some()).map(|(&number, _)| number).collect();
            self.shared.notice(&Notice::Lost(lost.len()));
            lost.into_iter().for_each(|number| self.send(number));
        }
        findings.stuck.into_iter().for_each(|sequence| self.given_up(sequence));
    }

    /// A run that has ended leaves nothing behind.
    async fn leave(self) {
        let Shared { names, kind, run, .. } = &*self.shared;
        let context = &self.connection.context;
        _ = audit::delete_tasks(context, &names.tasks_stream(), &names.tasks_of(*kind, run)).await;
        _ = audit::purge_results(context, &names.results_stream(), &names.results_of(run)).await;
        _ = self.connection.client.flush().await;
    }
}

fn deliver(carried: Carried, head: ResultHead, row: &[u8]) {
    match head.failure {
        None => carried.deliver(row),
        Some((doing, reason)) => drop(carried.fail(Error::Failed { doing, reason })),
    }
}
