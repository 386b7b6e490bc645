//! The pool's thread: it starts the workers, hands them tasks, delivers results, and sees workers end.
//!
//! It waits in one place, for everything at once, and never for a worker: two that write to each other, and do not
//! read, wait for ever. It lives as long as the pool has workers, because they die with the thread that started them.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use executor::Error;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use crate::ending::describe;
use crate::frame::{Hello, Kind, Letter, PROTOCOL};
use crate::hand::{Hand, Stage};
use crate::job::Job;
use crate::pool::{Shared, lock};
use crate::worker;
use common::Usage;

/// How long tasks may wait beside a new worker before the next ones are started: for tiny tasks one is enough.
const GRACE: Duration = Duration::from_micros(300);

/// How long letters may wait in a channel for one answer, before they are taken back.
const LEASE: Duration = Duration::from_micros(200);

/// How long replies may wait while all workers have tasks waiting for them.
const NAP: Duration = Duration::from_micros(25);

/// How long a worker may take to end when asked, and then again when told by SIGTERM.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long a worker may take to start, when it has no initializer.
const START: Duration = Duration::from_secs(10);

/// So many workers in a row may end before they have done anything.
const FRUITLESS: usize = 3;

/// Bytes read from a channel at a time, and how often in a row.
const BUFFER: usize = 64 * 1024;
const READS: usize = 16;

/// The pool's thread.
pub(crate) struct Dispatcher {
    shared: Arc<Shared>,
    /// What waits for a worker.
    queue: VecDeque<Job>,
    hands: Vec<Hand>,
    /// True, when there will be no more tasks.
    closing: bool,
    /// Before this, no worker is started beside others.
    grow_at: Instant,
    /// Workers in a row that ended before they had done anything.
    fruitless: usize,
    buffer: Vec<u8>,
}

impl Dispatcher {
    pub fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            queue: VecDeque::new(),
            hands: Vec::new(),
            closing: false,
            grow_at: Instant::now(),
            fruitless: 0,
            buffer: vec![0; BUFFER],
        }
    }

    /// Works until the pool is shut down, all tasks are done, and all workers have ended.
    pub fn run(mut self) {
        let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
        loop {
            self.take_orders();
            let now = Instant::now();
            self.keep_time(now);
            self.feed(now);
            self.grow(now);
            self.part(now);
            if self.closing && self.queue.is_empty() && self.hands.is_empty() {
                return;
            }
            self.sleep();
        }
    }

    /// Takes what was submitted and ordered since the last time.
    fn take_orders(&mut self) {
        let mut orders = lock(&self.shared.orders);
        self.queue.extend(orders.jobs.drain(..));
        self.closing = orders.closed.is_some();
        let cancel = std::mem::take(&mut orders.cancel);
        let stop = orders.stop.take();
        // Callbacks of futures that are cancelled may want the lock.
        drop(orders);
        if cancel || stop.is_some() {
            self.take_back_all();
            self.queue.drain(..).for_each(|job| job.fail(Error::Cancelled));
        }
        if let Some(signal) = stop {
            let now = Instant::now();
            self.hands.iter_mut().for_each(|hand| hand.signal(signal, now));
        }
    }

    /// Sees to what has taken too long.
    fn keep_time(&mut self, now: Instant) {
        for i in 0..self.hands.len() {
            let hand = &mut self.hands[i];
            let (Some(deadline), waiting) = (deadline(hand, &self.shared), hand.waiting()) else {
                continue;
            };
            if now < deadline {
                continue;
            }
            match hand.stage {
                Stage::Starting => {
                    hand.signal(Signal::KILL, now);
                    let reason = format!(
                        "a worker did not say that it was ready within {START:?}: does its main begin with worker::enter?"
                    );
                    return self.break_down(&reason);
                }
                Stage::Leaving(None) => hand.signal(Signal::TERM, now),
                Stage::Leaving(_) => hand.signal(Signal::KILL, now),
                Stage::Ready => {
                    if let Some(after) = self.shared.options.task_timeout
                        && now >= hand.since + after
                    {
                        hand.ended = Some(Error::TimedOut { after });
                        hand.signal(Signal::KILL, now);
                    } else if waiting > 0 {
                        let jobs = hand.take_back();
                        put_first(&mut self.queue, jobs);
                    }
                }
            }
        }
    }

    /// Hands out tasks: first one to each worker that has none; then, to those that answer quickly, some ahead.
    fn feed(&mut self, now: Instant) {
        if self.queue.is_empty() && self.hands.iter().any(Hand::is_idle) {
            // No task waits for a worker while another worker has nothing to do.
            self.take_back_all();
        }
        let most = self.shared.options.max_tasks_per_child.unwrap_or(usize::MAX);
        for hand in self.hands.iter_mut().filter(|hand| hand.is_idle() && hand.taken < most) {
            let Some(job) = next_job(&mut self.queue) else {
                break;
            };
            hand.give(job, now);
        }
        let workers = self.hands.iter().filter(|hand| hand.is_running()).count();
        let share = self.queue.len() / workers.max(1);
        for hand in &mut self.hands {
            let room = hand.room().min(share).min(most - hand.taken);
            for _ in 0..room {
                let Some(job) = next_job(&mut self.queue) else {
                    break;
                };
                hand.give(job, now);
            }
            hand.flush();
        }
    }

    /// Starts workers, if tasks wait: as many again as there are.
    fn grow(&mut self, now: Instant) {
        if !self.wants_to_grow() || now < self.grow_at {
            return;
        }
        let room = self.shared.options.workers - self.hands.len();
        for _ in 0..self.hands.len().clamp(1, room).min(self.unstarted()) {
            self.start(now);
        }
    }

    fn wants_to_grow(&self) -> bool {
        self.unstarted() > 0
            && self.hands.len() < self.shared.options.workers
            && !self.hands.iter().any(|hand| hand.stage == Stage::Starting)
    }

    /// Tasks that no worker runs.
    fn unstarted(&self) -> usize {
        self.queue.len() + self.hands.iter().map(Hand::waiting).sum::<usize>()
    }

    /// Starts a worker. If that fails, the others have to do; without any, the pool is broken.
    fn start(&mut self, now: Instant) {
        let index = (0..).find(|index| self.hands.iter().all(|hand| hand.index != *index)).unwrap_or_default();
        let mut greeting = Letter::new(0);
        let hello = Hello {
            protocol: PROTOCOL,
            release: env!("CARGO_PKG_VERSION").to_owned(),
            tasks: worker::entered(),
            parent: std::process::id(),
            index,
            depth: worker::depth() + 1,
            initializer: self.shared.options.initializer.clone(),
        };
        greeting.item(&hello).expect("numbers and text can be encoded");
        match self.shared.options.program.start() {
            Ok(process) => {
                let mut hand = Hand::new(index, process, greeting.seal(), now);
                hand.flush();
                self.hands.push(hand);
                self.publish();
            }
            Err(error) if self.hands.is_empty() => {
                self.break_down(&format!("a worker could not be started: {error}"));
            }
            Err(_) => self.grow_at = now + PATIENCE,
        }
    }

    /// Lets go of workers that are not needed any more: all of them at the end, or one that has done its share.
    fn part(&mut self, now: Instant) {
        let over = self.closing && self.queue.is_empty();
        let most = self.shared.options.max_tasks_per_child.unwrap_or(usize::MAX);
        for hand in &mut self.hands {
            match hand.stage {
                Stage::Ready if hand.is_idle() && (over || hand.taken >= most) => hand.dismiss(now),
                // It has done nothing yet, and would only start in order to end.
                Stage::Starting if over && self.shared.options.initializer.is_none() => hand.signal(Signal::KILL, now),
                Stage::Starting if over => hand.dismiss(now),
                _ => {}
            }
        }
    }

    /// Waits until something happens, and sees to it.
    fn sleep(&mut self) {
        let deadlines = self.hands.iter().filter_map(|hand| deadline(hand, &self.shared));
        let deadline = deadlines.chain(self.wants_to_grow().then_some(self.grow_at)).min();
        let mut timeout = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        {
            let mut orders = lock(&self.shared.orders);
            // While tasks wait, more of them change nothing: then nobody needs to wake us for them.
            orders.wake = self.queue.is_empty();
            if orders.wake && !orders.jobs.is_empty() {
                timeout = Some(Duration::ZERO);
            }
        }
        if self.hands.iter().any(Hand::is_running) && self.hands.iter().all(|hand| hand.work_left() >= 2 * NAP) {
            // Everybody has plenty to do. One wake-up for many replies costs less than one for each.
            std::thread::sleep(NAP);
        }
        let events = self.poll(timeout);
        lock(&self.shared.orders).wake = false;
        // From the last to the first, so that one that is removed does not move those that are still to be seen.
        for (i, (replied, ended)) in events.into_iter().enumerate().rev() {
            if ended {
                self.lose(i);
            } else if replied {
                let heard = self.hands[i].receive(&mut self.buffer, READS);
                self.hear(i, heard);
            }
        }
    }

    /// For each worker: has it replied, and has it ended?
    fn poll(&self, timeout: Option<Duration>) -> Vec<(bool, bool)> {
        let mut fds = vec![PollFd::new(&self.shared.alarm, PollFlags::IN)];
        for hand in &self.hands {
            fds.push(PollFd::from_borrowed_fd(hand.pidfd(), PollFlags::IN));
            fds.extend(hand.replies().map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::IN)));
            fds.extend(hand.letters().map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::OUT)));
        }
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        // It fails when a signal comes: then nothing has happened, and the next turn looks again.
        if poll(&mut fds, timeout.as_ref()).is_err() {
            return Vec::new();
        }
        let mut happened = fds.iter().map(|fd| !fd.revents().is_empty());
        if happened.next() == Some(true) {
            self.shared.silence_alarm();
        }
        let mut each = |hand: &Hand| {
            let ended = happened.next() == Some(true);
            let replied = hand.replies().is_some() && happened.next() == Some(true);
            if hand.letters().is_some() {
                happened.next();
            }
            (replied, ended)
        };
        self.hands.iter().map(&mut each).collect()
    }

    /// Sees to what a worker said, besides results.
    fn hear(&mut self, i: usize, (answered, words): (usize, Vec<(Kind, Vec<u8>)>)) {
        if answered > 0 {
            self.fruitless = 0;
        }
        for (kind, body) in words {
            let hand = &mut self.hands[i];
            match kind {
                Kind::Ready => {
                    let now = Instant::now();
                    if hand.stage == Stage::Starting {
                        hand.stage = Stage::Ready;
                        hand.since = now;
                    }
                    self.grow_at = now + GRACE;
                }
                Kind::Usage => {
                    if let Ok(usage) = postcard::from_bytes::<Usage>(&body) {
                        let index = hand.index;
                        self.shared.add_usage(index, usage);
                    }
                }
                Kind::Refused => {
                    self.break_down(&format!("a worker refused to work: {}", String::from_utf8_lossy(&body)));
                }
                Kind::NotInitialized => {
                    self.break_down(&format!("the initializer of a worker failed: {}", String::from_utf8_lossy(&body)));
                }
                Kind::Done => {}
            }
        }
    }

    /// Sees to the end of a worker: it costs the task that it was running, and no other.
    fn lose(&mut self, i: usize) {
        // What it said before it ended still counts.
        let heard = self.hands[i].receive(&mut self.buffer, usize::MAX);
        self.hear(i, heard);
        let mut hand = self.hands.remove(i);
        let unread = hand.take_back();
        let (stage, returned) = (hand.stage, !unread.is_empty());
        put_first(&mut self.queue, unread);
        let (status, task, ended) = hand.bury();
        self.publish();
        let how = status.map_or_else(|error| format!("nobody knows how: {error}"), describe);
        let was_running = task.is_some();
        if let Some(task) = task {
            task.fail(ended.unwrap_or_else(|| Error::WorkerLost { how: how.clone() }));
        }
        if self.is_broken() {
            // Now that no worker can take it, what was taken back is over, too.
            return self.fail_queue();
        }
        if let Stage::Leaving(_) = stage
            && !was_running
        {
            return;
        }
        if was_running {
            if self.shared.options.strict {
                return self.break_down(&format!("a worker was lost: {how}"));
            }
            if !self.closing && self.hands.len() < self.shared.options.workers {
                self.start(Instant::now());
            }
        } else if stage == Stage::Starting || returned {
            self.fruitless += 1;
            if self.fruitless >= FRUITLESS {
                self.break_down(&format!(
                    "{FRUITLESS} workers in a row ended before they had done anything; the last one {how}"
                ));
            }
        }
    }

    /// Ends the pool: whatever is not finished fails for this reason.
    fn break_down(&mut self, reason: &str) {
        self.shared.close(Some(reason));
        self.closing = true;
        let now = Instant::now();
        for hand in &mut self.hands {
            hand.ended.get_or_insert_with(|| Error::Broken { reason: reason.to_owned() });
            hand.signal(Signal::KILL, now);
        }
        self.fail_queue();
    }

    fn fail_queue(&mut self) {
        let Some(error) = self.shared.why_closed() else {
            return;
        };
        self.take_orders();
        self.queue.drain(..).for_each(|job| job.fail(error.clone()));
    }

    fn is_broken(&self) -> bool {
        matches!(self.shared.why_closed(), Some(Error::Broken { .. }))
    }

    /// Takes back all tasks that no worker has begun.
    fn take_back_all(&mut self) {
        for hand in &mut self.hands {
            if hand.waiting() > 0 {
                put_first(&mut self.queue, hand.take_back());
            }
        }
    }

    /// Tells whoever asks which processes there are.
    fn publish(&self) {
        *lock(&self.shared.ids) = self.hands.iter().map(Hand::id).collect();
    }
}

/// When the worker has to be looked at, if nothing happens.
fn deadline(hand: &Hand, shared: &Shared) -> Option<Instant> {
    match hand.stage {
        // An initializer takes the time it takes.
        Stage::Starting => shared.options.initializer.is_none().then_some(hand.since + START),
        Stage::Leaving(Some(Signal::KILL)) => None,
        Stage::Leaving(_) => Some(hand.since + PATIENCE),
        Stage::Ready => {
            let lease = (hand.waiting() > 0).then_some(hand.since + LEASE);
            let limit = shared.options.task_timeout.filter(|_| hand.is_running()).map(|limit| hand.since + limit);
            lease.into_iter().chain(limit).min()
        }
    }
}

/// The next task that was not cancelled: from now on it is running.
fn next_job(queue: &mut VecDeque<Job>) -> Option<Job> {
    std::iter::from_fn(|| queue.pop_front()).find(Job::set_running)
}

/// Tasks that were taken back go before those that came later.
fn put_first(queue: &mut VecDeque<Job>, jobs: Vec<Job>) {
    jobs.into_iter().rev().for_each(|job| queue.push_front(job));
}

/// Starts the thread.
pub(crate) fn start(shared: Arc<Shared>) -> io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name("process-pool".to_owned()).spawn(|| Dispatcher::new(shared).run())
}
