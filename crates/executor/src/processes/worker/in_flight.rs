//! The requests that a worker was sent and has not answered, the oldest first: it runs that one, and the others wait in the pipe.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::io::IoSlice;

use crate::processes::job::{Job, Sent};

#[derive(Default)]
pub(crate) struct InFlight {
    sent: VecDeque<Sent>,
    /// The length of the requests, in bytes.
    bytes: usize,
    /// The first request that is not wholly in the pipe, and how much of it is.
    written: (usize, usize),
}

impl InFlight {
    pub fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// How many requests wait behind the one that is being answered.
    pub fn prefetched(&self) -> usize {
        self.sent.len().saturating_sub(1)
    }

    /// The length of the requests, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn push(&mut self, sent: Sent) {
        self.bytes += sent.request.bytes().len();
        self.sent.push_back(sent);
    }

    /// The request that the worker is answering.
    pub fn first(&self) -> Option<&Sent> {
        self.sent.front()
    }

    /// Takes out the first request, which was answered, or whose worker has ended.
    pub fn pop(&mut self) -> Option<Sent> {
        let sent = self.sent.pop_front()?;
        self.written.0 = self.written.0.saturating_sub(1);
        self.bytes -= sent.request.bytes().len();
        Some(sent)
    }

    /// True, if there is more to be written than the pipe had room for.
    pub fn is_unwritten(&self) -> bool {
        self.written.0 < self.sent.len()
    }

    /// What is to be written.
    pub fn unwritten(&self) -> impl Iterator<Item = IoSlice<'_>> {
        let (first, begun) = self.written;
        let requests = self.sent.iter().skip(first).map(|sent| sent.request.bytes());
        requests.enumerate().map(move |(at, bytes)| IoSlice::new(if at == 0 { &bytes[begun..] } else { bytes }))
    }

    /// This many more bytes were written.
    pub fn advance(&mut self, mut written: usize) {
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

    /// Takes out the requests that the worker has not begun to read, of which `unread` bytes were in the pipe and are not any more.
    pub fn recall(&mut self, mut unread: usize) -> Vec<Job> {
        let mut kept = self.sent.len();
        while let Some(sent) = kept.checked_sub(1).map(|last| &self.sent[last]) {
            let size = sent.request.bytes().len();
            let written = match (kept - 1).cmp(&self.written.0) {
                Ordering::Less => size,
                Ordering::Equal => self.written.1,
                Ordering::Greater => 0,
            };
            if written > unread {
                // The worker has begun to read this one: what it has not read of it goes into the pipe again.
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
        let jobs = self.sent.drain(kept..).map(Sent::requeue).collect();
        self.bytes = self.sent.iter().map(|sent| sent.request.bytes().len()).sum();
        jobs
    }
}
