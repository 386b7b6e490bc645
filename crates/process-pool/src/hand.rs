//! The pool's hold on one worker: its process, and what it was sent and has not answered.

use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use executor::Error;
use rustix::net::RecvFlags;
use rustix::process::{Signal, pidfd_send_signal};

use crate::frame::{self, Kind};
use crate::job::Job;
use crate::spawn::Process;

/// The most letters that may wait in the channel of a worker that answers quickly.
const MOST_AHEAD: usize = 64;

/// A worker that takes longer for a task gets one at a time.
const QUICK: Duration = Duration::from_micros(100);

/// One worker, as the pool sees it.
pub(crate) struct Hand {
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
    greeting: Vec<u8>,
    /// What was handed over and not answered, the oldest first. That is the running one; the others wait in the
    /// channel. Only small letters wait.
    sent: VecDeque<Job>,
    /// The first job of `sent` whose letter is not wholly in the channel, and how much of it is.
    written: (usize, usize),
    /// The beginning of a reply.
    inbox: Vec<u8>,
    /// How many letters may wait in the channel: more with each quick answer, none after a slow one.
    ahead: usize,
}

/// How far a worker has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It has not said that it is ready.
    Starting,
    Ready,
    /// It was asked to end: by the end of the channel, or with this signal.
    Leaving(Option<Signal>),
}

/// What a worker said besides results.
pub(crate) type Word = (Kind, Vec<u8>);

impl Hand {
    pub fn new(index: usize, process: Process, greeting: Vec<u8>, now: Instant) -> Self {
        Self {
            index,
            stage: Stage::Starting,
            since: now,
            ended: None,
            taken: 0,
            process,
            greeting,
            sent: VecDeque::new(),
            written: (0, 0),
            inbox: Vec::new(),
            ahead: 0,
        }
    }

    pub fn channel(&self) -> BorrowedFd<'_> {
        self.process.channel.as_fd()
    }

    /// Readable, when the process has ended.
    pub fn pidfd(&self) -> BorrowedFd<'_> {
        self.process.pidfd.as_fd()
    }

    pub fn id(&self) -> u32 {
        self.process.child.id()
    }

    /// True, if the worker waits for a task.
    pub fn is_idle(&self) -> bool {
        self.stage == Stage::Ready && self.sent.is_empty()
    }

    pub fn is_running(&self) -> bool {
        self.stage == Stage::Ready && !self.sent.is_empty()
    }

    /// How many letters wait behind the one that is being answered.
    pub fn waiting(&self) -> usize {
        self.sent.len().saturating_sub(1)
    }

    /// How many more letters may wait in the channel.
    pub fn room(&self) -> usize {
        match self.sent.front() {
            Some(running) if running.is_small() && self.stage == Stage::Ready => {
                self.ahead.saturating_sub(self.waiting())
            }
            // Nothing may stand behind a large letter: only small ones can be taken back.
            _ => 0,
        }
    }

    /// Hands a task over, which goes out with the next [`flush`](Self::flush).
    pub fn give(&mut self, job: Job, now: Instant) {
        if self.sent.is_empty() {
            self.since = now;
        }
        self.taken += 1;
        self.sent.push_back(job);
    }

    /// Asks the worker to end, after what it was given.
    pub fn dismiss(&mut self, now: Instant) {
        self.stage = Stage::Leaving(None);
        self.since = now;
        // It fails if the worker has ended, which is as well.
        let _ = self.process.channel.shutdown(Shutdown::Write);
    }

    /// Sends a signal, which is to end the worker.
    pub fn signal(&mut self, signal: Signal, now: Instant) {
        self.stage = Stage::Leaving(Some(signal));
        self.since = now;
        // It fails if the worker has ended, which is as well.
        let _ = pidfd_send_signal(&self.process.pidfd, signal);
    }

    /// True, if there is more to be written than the channel had room for.
    pub fn is_clogged(&self) -> bool {
        !self.greeting.is_empty() || self.written.0 < self.sent.len()
    }

    /// Writes as much as the channel has room for.
    pub fn flush(&mut self) {
        while self.is_clogged() {
            let (first, begun) = self.written;
            let letters = self
                .sent
                .iter()
                .skip(first)
                .take(MOST_AHEAD)
                .map(|job| job.letter());
            let mut slices = Vec::with_capacity(1 + letters.len());
            slices.push(IoSlice::new(&self.greeting));
            slices.extend(letters.map(IoSlice::new));
            if self.greeting.is_empty() {
                slices.remove(0);
                slices[0].advance(begun);
            }
            match (&self.process.channel).write_vectored(&slices) {
                Ok(written) => self.advance(written),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Full; or broken, and then the process descriptor will tell.
                Err(_) => return,
            }
        }
    }

    fn advance(&mut self, mut written: usize) {
        let greeting = written.min(self.greeting.len());
        self.greeting.drain(..greeting);
        written -= greeting;
        while let Some(job) = self.sent.get(self.written.0).filter(|_| written > 0) {
            let left = job.letter().len() - self.written.1;
            if written < left {
                self.written.1 += written;
                return;
            }
            written -= left;
            self.written = (self.written.0 + 1, 0);
        }
    }

    /// Reads what the worker has sent, up to `most` times a bufferful, and delivers the results. Returns what else
    /// it said, and how many letters it answered.
    pub fn receive(&mut self, buffer: &mut [u8], most: usize) -> (usize, Vec<Word>) {
        let before = self.sent.len();
        let mut words = Vec::new();
        for _ in 0..most {
            match (&self.process.channel).read(buffer) {
                Ok(0) => break,
                Ok(len) => {
                    self.understand(&buffer[..len], &mut words);
                    if len < buffer.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let answered = before - self.sent.len();
        if answered > 0 {
            let now = Instant::now();
            let quick = now.duration_since(self.since) < QUICK * answered as u32;
            self.ahead = if quick {
                MOST_AHEAD.min(self.ahead * 2 + 1)
            } else {
                0
            };
            self.since = now;
        }
        (answered, words)
    }

    fn understand(&mut self, bytes: &[u8], words: &mut Vec<Word>) {
        let mut begun = std::mem::take(&mut self.inbox);
        let mut rest = bytes;
        if !begun.is_empty() {
            begun.extend_from_slice(bytes);
            rest = &begun;
        }
        let missing = loop {
            match frame::next_reply(&mut rest) {
                Ok((Kind::Done, row)) => {
                    if let Some(job) = self.sent.pop_front() {
                        self.written.0 = self.written.0.saturating_sub(1);
                        job.deliver(row);
                    }
                }
                Ok((kind, body)) => words.push((kind, body.to_vec())),
                Err(missing) => break missing,
            }
        };
        let left = rest.len();
        if begun.is_empty() {
            begun.extend_from_slice(&bytes[bytes.len() - left..]);
        } else if left == 0 {
            begun = Vec::new();
        } else {
            begun.drain(..begun.len() - left);
        }
        if let Some(size) = missing {
            begun.reserve_exact(size - left);
        }
        self.inbox = begun;
    }

    /// Takes back what the worker has not begun to read, the oldest first.
    pub fn take_back(&mut self) -> Vec<Job> {
        let mut buffer = [0; 4096];
        let mut unread = 0;
        while let Ok((_, len @ 1..)) = rustix::net::recv(
            &self.process.letterbox,
            &mut buffer[..],
            RecvFlags::DONTWAIT,
        ) {
            unread += len;
        }
        let mut kept = self.sent.len();
        while let Some(job) = kept.checked_sub(1).map(|last| &self.sent[last]) {
            let written = match (kept - 1).cmp(&self.written.0) {
                std::cmp::Ordering::Less => job.letter().len(),
                std::cmp::Ordering::Equal => self.written.1,
                std::cmp::Ordering::Greater => 0,
            };
            if written > unread {
                break;
            }
            unread -= written;
            kept -= 1;
        }
        if self.written.0 >= kept {
            self.written = (kept, 0);
        }
        self.ahead = 0;
        let jobs: Vec<Job> = self.sent.drain(kept..).collect();
        self.taken -= jobs.len();
        jobs.iter().for_each(Job::set_pending);
        jobs
    }

    /// Lays a worker to rest whose process has ended, and returns how, and the task that it was in the middle of.
    pub fn bury(mut self) -> (std::io::Result<ExitStatus>, Option<Job>, Option<Error>) {
        let status = self.process.child.wait();
        (status, self.sent.pop_front(), self.ended)
    }
}
