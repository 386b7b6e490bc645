//! The pool's hold on one worker: its process, and what it was sent and has not answered.

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
use crate::processes::worker::in_flight::InFlight;
use crate::processes::worker::prefetch::Prefetch;
use crate::processes::worker::spawn::Process;

/// One worker, as the pool sees it.
pub(crate) struct WorkerHandle {
    /// Which worker of the pool it is; its successor has the same index.
    pub index: usize,
    pub stage: Stage,
    /// When the stage began, or the running task.
    pub since: Instant,
    /// Why the pool ended it: the error of its running task.
    pub ended: Option<Error>,
    /// Tasks sent so far.
    pub taken: usize,
    process: Process,
    /// What is left to be written of the handshake.
    handshake: Vec<u8>,
    in_flight: InFlight,
    prefetch: Prefetch,
    /// The beginning of a reply.
    reader: ReplyReader,
    /// Since when its end is closed.
    eof_since: Option<Instant>,
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
            in_flight: InFlight::default(),
            prefetch: Prefetch::default(),
            reader,
            eof_since: None,
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
        self.stage == Stage::Ready && self.in_flight.is_empty()
    }

    pub fn is_running(&self) -> bool {
        self.stage == Stage::Ready && !self.in_flight.is_empty()
    }

    /// How many requests wait behind the one that is being answered.
    pub fn prefetched(&self) -> usize {
        self.in_flight.prefetched()
    }

    /// As [`Prefetch::reply_delay`].
    pub fn reply_delay(&self) -> Duration {
        self.prefetch.reply_delay(self.prefetched())
    }

    /// As [`Prefetch::recall_timeout`].
    pub fn recall_timeout(&self) -> Duration {
        self.prefetch.recall_timeout()
    }

    /// How many tasks more may be sent ahead.
    pub fn room(&self) -> usize {
        match self.stage {
            Stage::Ready => self.prefetch.room(self.prefetched(), self.in_flight.bytes()),
            _ => 0,
        }
    }

    /// Queues a task, which goes out with the next [`flush`](Self::flush).
    pub fn send(&mut self, sent: Sent, now: Instant) {
        if self.in_flight.is_empty() {
            self.since = now;
        }
        self.taken += 1;
        self.in_flight.push(sent);
    }

    /// Asks the worker to end, after what it was sent.
    pub fn ask_to_stop(&mut self, now: Instant) {
        self.stage = Stage::Stopping(None);
        self.since = now;
        self.process.channel.close();
    }

    /// Kills a worker that has done what no worker may do; `how` goes into the error of its task.
    pub fn kill_as_faulty(&mut self, how: String) {
        let lost = Error::WorkerLost { pid: self.id(), code: None, signal: None, how };
        self.ended.get_or_insert(lost);
        self.signal(Signal::KILL, Instant::now());
    }

    /// Whether it was killed as faulty.
    pub fn is_faulty(&self) -> bool {
        matches!(self.ended, Some(Error::WorkerLost { .. }))
    }

    /// When a worker is killed that has closed its end of the channel, and was not asked to end: a task has closed the descriptor, or put another
    /// program in its place. Mostly its process is just ending, and its exit status will say why.
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
        // It fails if the worker has already ended.
        let _ = pidfd_send_signal(&self.process.pidfd, signal);
    }

    /// True, if there is more to be written than the channel had room for.
    fn is_clogged(&self) -> bool {
        !self.handshake.is_empty() || self.in_flight.is_unwritten()
    }

    /// Writes as much as the channel has room for.
    pub fn flush(&mut self) {
        while self.is_clogged() {
            let mut slices = vec![IoSlice::new(&self.handshake)];
            slices.extend(self.in_flight.unwritten());
            let written = self.process.channel.write(&slices);
            if written == 0 {
                return;
            }
            let of_handshake = written.min(self.handshake.len());
            self.handshake.drain(..of_handshake);
            self.in_flight.advance(written - of_handshake);
        }
    }

    /// Reads what the worker has sent, up to `most` times a bufferful, and delivers the results. Returns what else
    /// it said, and how many requests it answered.
    pub fn receive(&mut self, buffer: &mut [u8], most: usize) -> (usize, Vec<Message>) {
        let (mut answered, mut messages) = (0, Vec::new());
        for _ in 0..most {
            let Some(len) = self.process.channel.read(buffer) else {
                self.eof_since.get_or_insert_with(Instant::now);
                break;
            };
            answered += self.handle_replies(&buffer[..len], &mut messages);
            if len < buffer.len() {
                break;
            }
        }
        if answered > 0 {
            if let Some(running) = self.in_flight.first() {
                running.set_running();
            }
            let now = Instant::now();
            self.prefetch.answered(answered, now.duration_since(self.since));
            self.since = now;
        }
        (answered, messages)
    }

    fn handle_replies(&mut self, bytes: &[u8], messages: &mut Vec<Message>) -> usize {
        let mut answered = 0;
        self.reader.take(bytes, |kind, body| match kind {
            Kind::Done => {
                if let Some(sent) = self.in_flight.pop() {
                    answered += 1;
                    sent.deliver(body);
                }
            }
            kind => messages.push((kind, body.to_vec())),
        });
        answered
    }

    /// Recalls what the worker has not begun to read, the oldest first.
    pub fn recall(&mut self) -> Vec<Job> {
        let jobs = self.in_flight.recall(self.process.channel.recall());
        self.prefetch.recalled();
        self.taken -= jobs.len();
        jobs
    }

    /// Reaps a worker whose process has ended, and returns how it did, and the task that it was in the middle of.
    pub fn reap(mut self) -> (std::io::Result<ExitStatus>, Option<Job>, Option<Error>) {
        (self.process.wait(), self.in_flight.pop().map(|sent| sent.job), self.ended)
    }

    /// Kills and reaps a worker of a pool that has failed. Its tasks fail with this error.
    pub fn kill_and_reap(mut self, error: &Error) {
        self.signal(Signal::KILL, Instant::now());
        _ = self.process.wait();
        while let Some(sent) = self.in_flight.pop() {
            sent.job.fail(error.clone());
        }
    }
}
