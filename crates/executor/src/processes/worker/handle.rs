//! The pool's hold on one worker: its process, and what it was sent and has not answered.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use crate::Error;
use rustix::process::{Signal, pidfd_send_signal};

use crate::processes::job::{Job, Sent};
use crate::processes::wire::reply::Kind;
use crate::processes::wire::reply_reader::ReplyReader;
use crate::processes::worker::STOP_TIMEOUT;
use crate::processes::worker::spawn::Process;

/// The most requests that may wait in the channel of a worker that answers quickly.
const MOST_PREFETCHED: usize = 256;

/// The most bytes that are sent to a worker before another request waits there.
const MOST_BYTES: usize = 64 * 1024;

/// How long replies may wait at least, if they may; and at most.
const SHORTEST_DELAY: Duration = Duration::from_micros(50);
const LONGEST_DELAY: Duration = Duration::from_micros(500);

/// A task that takes less than this is tiny.
const TINY: Duration = Duration::from_micros(100);

/// How long requests may wait in the channel for one answer, before they are taken back: at least; and at most, since who
/// cancels one of them waits for that.
const SHORTEST_RECALL_TIMEOUT: Duration = Duration::from_micros(200);
const LONGEST_RECALL_TIMEOUT: Duration = Duration::from_millis(1);

/// A worker that takes longer for a task gets one at a time.
const QUICK: Duration = Duration::from_millis(1);

/// One worker, as the pool sees it.
pub(crate) struct WorkerHandle {
    /// Which worker of the pool it is; its successor has the same index.
    pub index: usize,
    pub stage: Stage,
    /// When the stage began, or the running task.
    pub since: Instant,
    /// Why the pool ended it: the error of its running task.
    pub ended: Option<Error>,
    /// Tasks handed over so far.
    pub taken: usize,
    process: Process,
    /// What is left to be written of the handshake.
    handshake: Vec<u8>,
    /// What was handed over and not answered, the oldest first. That is the running one; the others wait in the
    /// channel.
    sent: VecDeque<Sent>,
    /// The length of their requests, in bytes.
    unanswered_bytes: usize,
    /// The first job of `sent` whose request is not wholly in the channel, and how much of it is.
    written: (usize, usize),
    /// The beginning of a reply.
    reader: ReplyReader,
    /// Since when its end is closed.
    eof_since: Option<Instant>,
    /// How long it took for a request, the last time.
    task_time: Duration,
    /// How many requests may wait in the channel: more with each quick answer, none after a slow one.
    prefetch_limit: usize,
}

/// How far a worker has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It has not said that it is ready.
    Starting,
    Ready,
    /// It was asked to end: by the end of the channel, or with this signal.
    Stopping(Option<Signal>),
}

/// What a worker said besides results.
pub(crate) type Message = (Kind, Vec<u8>);

impl WorkerHandle {
    pub fn new(index: usize, process: Process, handshake: Vec<u8>, now: Instant) -> Self {
        let reader = ReplyReader::new(process.id());
        Self {
            index,
            stage: Stage::Starting,
            since: now,
            ended: None,
            taken: 0,
            process,
            handshake,
            sent: VecDeque::new(),
            unanswered_bytes: 0,
            written: (0, 0),
            reader,
            eof_since: None,
            task_time: Duration::ZERO,
            prefetch_limit: 0,
        }
    }

    /// Readable, when the worker has replied; `None`, when it will not reply any more.
    pub fn replies(&self) -> Option<BorrowedFd<'_>> {
        self.eof_since.is_none().then(|| self.process.channel.replies())
    }

    /// Writable, when there is room for what could not be written; `None`, if there is nothing of that kind.
    pub fn requests(&self) -> Option<BorrowedFd<'_>> {
        self.process.channel.requests().filter(|_| self.is_clogged())
    }

    /// Readable, when the process has ended.
    pub fn pidfd(&self) -> BorrowedFd<'_> {
        self.process.pidfd.as_fd()
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// True, if the worker waits for a task.
    pub fn is_idle(&self) -> bool {
        self.stage == Stage::Ready && self.sent.is_empty()
    }

    pub fn is_running(&self) -> bool {
        self.stage == Stage::Ready && !self.sent.is_empty()
    }

    /// How many requests wait behind the one that is being answered.
    pub fn prefetched(&self) -> usize {
        self.sent.len().saturating_sub(1)
    }

    /// How long its replies may wait, since it has enough to do meanwhile. That is so for half the time that the requests
    /// which wait will take it at its pace; of tiny ones it may take far less, as it may have been idle in between.
    pub fn reply_delay(&self) -> Duration {
        let work = self.task_time * self.prefetched() as u32;
        match work {
            _ if work < SHORTEST_DELAY => Duration::ZERO,
            _ if self.task_time < TINY => SHORTEST_DELAY,
            _ => (work / 2).min(LONGEST_DELAY),
        }
    }

    /// How long requests may wait in the channel for one answer, before they are taken back.
    pub fn recall_timeout(&self) -> Duration {
        (4 * self.task_time).clamp(SHORTEST_RECALL_TIMEOUT, LONGEST_RECALL_TIMEOUT)
    }

    /// How many more requests may wait in the channel.
    pub fn room(&self) -> usize {
        match self.stage {
            Stage::Ready if self.unanswered_bytes < MOST_BYTES => self.prefetch_limit.saturating_sub(self.prefetched()),
            _ => 0,
        }
    }

    /// Hands a task over, which goes out with the next [`flush`](Self::flush).
    pub fn send(&mut self, sent: Sent, now: Instant) {
        if self.sent.is_empty() {
            self.since = now;
        }
        self.taken += 1;
        self.unanswered_bytes += sent.request.bytes().len();
        self.sent.push_back(sent);
    }

    /// Asks the worker to end, after what it was given.
    pub fn ask_to_stop(&mut self, now: Instant) {
        self.stage = Stage::Stopping(None);
        self.since = now;
        self.process.channel.close();
    }

    /// Ends a worker that has done what no worker may do: how that is said of it.
    pub fn kill_as_faulty(&mut self, how: String) {
        let lost = Error::WorkerLost { pid: self.id(), code: None, signal: None, how };
        self.ended.get_or_insert(lost);
        self.signal(Signal::KILL, Instant::now());
    }

    /// Whether it was given up.
    pub fn is_faulty(&self) -> bool {
        matches!(self.ended, Some(Error::WorkerLost { .. }))
    }

    /// When a worker is given up that has closed its end of the channel, and was not asked to end: a task has closed the descriptor, or put another
    /// program in its place. Mostly its process is just ending, which shows how.
    pub fn eof_deadline(&self) -> Option<Instant> {
        self.eof_since.filter(|_| !matches!(self.stage, Stage::Stopping(_))).map(|since| since + STOP_TIMEOUT)
    }

    pub fn is_eof_overdue(&self, now: Instant) -> bool {
        self.eof_deadline().is_some_and(|at| now >= at)
    }

    /// Sends a signal, which is to end the worker.
    pub fn signal(&mut self, signal: Signal, now: Instant) {
        self.ask_to_stop(now);
        self.stage = Stage::Stopping(Some(signal));
        // It fails if the worker has ended, which is as well.
        let _ = pidfd_send_signal(&self.process.pidfd, signal);
    }

    /// True, if there is more to be written than the channel had room for.
    fn is_clogged(&self) -> bool {
        !self.handshake.is_empty() || self.written.0 < self.sent.len()
    }

    /// Writes as much as the channel has room for.
    pub fn flush(&mut self) {
        while self.is_clogged() {
            let (first, begun) = self.written;
            let mut slices = vec![IoSlice::new(&self.handshake)];
            slices.extend(self.sent.iter().skip(first).map(|sent| IoSlice::new(sent.request.bytes())));
            if let Some(request) = slices.get_mut(1) {
                request.advance(begun);
            }
            match self.process.channel.write(&slices) {
                0 => return,
                written => self.advance(written),
            }
        }
    }

    fn advance(&mut self, mut written: usize) {
        let handshake = written.min(self.handshake.len());
        self.handshake.drain(..handshake);
        written -= handshake;
        while let Some(sent) = self.sent.get(self.written.0).filter(|_| written > 0) {
            let left = sent.request.bytes().len() - self.written.1;
            if written < left {
                self.written.1 += written;
                return;
            }
            written -= left;
            self.written = (self.written.0 + 1, 0);
        }
    }

    /// Reads what the worker has sent, up to `most` times a bufferful, and delivers the results. Returns what else
    /// it said, and how many requests it answered.
    pub fn receive(&mut self, buffer: &mut [u8], most: usize) -> (usize, Vec<Message>) {
        let before = self.sent.len();
        let mut messages = Vec::new();
        for _ in 0..most {
            let Some(len) = self.process.channel.read(buffer) else {
                self.eof_since.get_or_insert_with(Instant::now);
                break;
            };
            self.handle_replies(&buffer[..len], &mut messages);
            if len < buffer.len() {
                break;
            }
        }
        let answered = before - self.sent.len();
        if answered > 0 {
            if let Some(running) = self.sent.front() {
                running.set_running();
            }
            let now = Instant::now();
            self.task_time = now.duration_since(self.since) / answered as u32;
            self.prefetch_limit =
                if self.task_time < QUICK { MOST_PREFETCHED.min(self.prefetch_limit * 4 + 3) } else { 0 };
            self.since = now;
        }
        (answered, messages)
    }

    fn handle_replies(&mut self, bytes: &[u8], messages: &mut Vec<Message>) {
        let Self { reader, sent, written, unanswered_bytes, .. } = self;
        reader.take(bytes, |kind, body| match kind {
            Kind::Done => {
                if let Some(sent) = sent.pop_front() {
                    written.0 = written.0.saturating_sub(1);
                    *unanswered_bytes -= sent.request.bytes().len();
                    sent.deliver(body);
                }
            }
            kind => messages.push((kind, body.to_vec())),
        });
    }

    /// Recalls what the worker has not begun to read, the oldest first.
    pub fn recall(&mut self) -> Vec<Job> {
        let mut unread = self.process.channel.recall();
        let mut kept = self.sent.len();
        while let Some(sent) = kept.checked_sub(1).map(|last| &self.sent[last]) {
            let size = sent.request.bytes().len();
            let written = match (kept - 1).cmp(&self.written.0) {
                Ordering::Less => size,
                Ordering::Equal => self.written.1,
                Ordering::Greater => 0,
            };
            if written > unread {
                // The worker has begun to read this one: what it has not read of it goes into the channel again.
                let read = written - unread;
                self.written = if read < size { (kept - 1, read) } else { (kept, 0) };
                break;
            }
            unread -= written;
            kept -= 1;
        }
        if kept == 0 {
            self.written = (0, 0);
        }
        self.prefetch_limit = 0;
        let jobs: Vec<Job> = self.sent.drain(kept..).map(Sent::requeue).collect();
        self.taken -= jobs.len();
        self.unanswered_bytes = self.sent.iter().map(|sent| sent.request.bytes().len()).sum();
        jobs
    }

    /// Reaps a worker whose process has ended, and returns how it did, and the task that it was in the middle of.
    pub fn reap(mut self) -> (std::io::Result<ExitStatus>, Option<Job>, Option<Error>) {
        (self.process.wait(), self.sent.pop_front().map(|sent| sent.job), self.ended)
    }

    /// Kills and reaps a worker of a pool that has failed. Its tasks fail with this error.
    pub fn kill_and_reap(mut self, error: &Error) {
        self.signal(Signal::KILL, Instant::now());
        _ = self.process.wait();
        self.sent.drain(..).for_each(|sent| _ = sent.job.fail(error.clone()));
    }
}
