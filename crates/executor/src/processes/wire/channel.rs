//! The channel between the pool and a worker: two pipes, which cost a third of what a socket does.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, PipeReader, PipeWriter, Read, Write, pipe};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::cmsg_space;
use rustix::io::{ReadWriteFlags, ioctl_fionbio, retry_on_intr};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use rustix::process::{Pid, Signal, getpid, kill_process};

/// What a pipe holds.
const PIPE: usize = 64 * 1024;

/// The pool's side, which never blocks.
pub(crate) struct Channel {
    /// `None`, when there are no more requests.
    requests: Option<PipeWriter>,
    /// The end of the worker's, too: with it, requests can be taken back.
    unread: PipeReader,
    replies: PipeReader,
}

/// The worker's side, which blocks.
pub(crate) struct WorkerEnd {
    pub requests: PipeReader,
    replies: PipeWriter,
}

/// Where the replies of one process go.
pub(crate) struct ReplyWriter {
    pipe: PipeWriter,
    process: Pid,
}

/// What the process is to do that gets a worker's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// To be the worker.
    Serve = 1,
    /// To start a copy of itself, which is the worker.
    Fork,
}

impl Channel {
    /// Opens a channel, sends the worker's side over the socket, and the handshake to the worker. Returns what is left to be written of the
    /// handshake, too.
    pub fn open(socket: BorrowedFd<'_>, action: Action, mut handshake: Vec<u8>) -> io::Result<(Self, Vec<u8>)> {
        let (mut channel, worker_end) = Self::pair()?;
        worker_end.send(socket, action)?;
        handshake.drain(..channel.write(&[IoSlice::new(&handshake)]));
        Ok((channel, handshake))
    }

    fn pair() -> io::Result<(Self, WorkerEnd)> {
        let (unread, requests) = pipe()?;
        let (replies, answers) = pipe()?;
        ioctl_fionbio(&requests, true)?;
        ioctl_fionbio(&replies, true)?;
        let worker_end = WorkerEnd { requests: unread.try_clone()?, replies: answers };
        Ok((Self { requests: Some(requests), unread, replies }, worker_end))
    }

    /// Readable, when the worker has replied.
    pub fn replies(&self) -> BorrowedFd<'_> {
        self.replies.as_fd()
    }

    /// Writable, when there is room for requests.
    pub fn requests(&self) -> Option<BorrowedFd<'_>> {
        self.requests.as_ref().map(|requests| requests.as_fd())
    }

    /// There will be no more requests.
    pub fn close(&mut self) {
        self.requests = None;
    }

    /// Writes as much as there is room for, and returns how much that was.
    pub fn write(&mut self, requests: &[IoSlice<'_>]) -> usize {
        let Some(pipe) = &mut self.requests else {
            return 0;
        };
        // An error is that the pipe is full: it has a reader for as long as we are one.
        retry(|| pipe.write_vectored(requests)).unwrap_or(0)
    }

    /// Reads what the worker has replied; 0 for nothing so far; `None` at the end.
    pub fn read(&mut self, buffer: &mut [u8]) -> Option<usize> {
        match retry(|| self.replies.read(buffer)) {
            Ok(0) => None,
            Ok(len) => Some(len),
            Err(_) => Some(0),
        }
    }

    /// Empties the pipe of requests, and returns how many bytes the worker had not read.
    ///
    /// It is one read, which gets all there is: a second might come after a read by the worker, out of order.
    pub fn recall(&mut self) -> usize {
        let mut unread = vec![0; PIPE];
        // Our end is the worker's, which blocks, so this read has to say that it does not.
        let read = || preadv2(&self.unread, &mut unread);
        retry(read).unwrap_or(0)
    }
}

fn preadv2(pipe: &PipeReader, buffer: &mut [u8]) -> io::Result<usize> {
    // A pipe has no offset; that is said by -1.
    let read = rustix::io::preadv2(pipe, &mut [IoSliceMut::new(buffer)], u64::MAX, ReadWriteFlags::NOWAIT);
    Ok(read?)
}

/// Again, after a signal.
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl ReplyWriter {
    /// Whose they are.
    pub fn process(&self) -> u32 {
        self.process.as_raw_pid().cast_unsigned()
    }

    /// Sends a reply, which the process itself must do. If a task has copied its process (`fork`), the copy comes back from the task,
    /// too: it ends here, without a word and without what it has of the original's to flush or to clean up.
    pub fn send(&mut self, reply: &[u8]) -> io::Result<()> {
        let process = getpid();
        if process != self.process {
            kill_process(process, Signal::KILL)?;
        }
        self.pipe.write_all(reply)
    }
}

impl WorkerEnd {
    /// The two directions, for the calling process.
    pub fn split(self) -> (PipeReader, ReplyWriter) {
        (self.requests, ReplyWriter { pipe: self.replies, process: getpid() })
    }

    /// Sends the worker its side.
    fn send(&self, socket: BorrowedFd<'_>, action: Action) -> io::Result<()> {
        let ends = [self.requests.as_fd(), self.replies.as_fd()];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(2))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        control.push(SendAncillaryMessage::ScmRights(&ends));
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        sendmsg(socket, &[IoSlice::new(&[action as u8])], &mut control, flags)?;
        Ok(())
    }

    /// Receives the side of a worker; `None`, when there will be no more.
    pub fn receive(socket: BorrowedFd<'_>) -> io::Result<Option<(Action, Self)>> {
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(2))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut byte = [0];
        let mut receive = || recvmsg(socket, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC);
        if retry_on_intr(&mut receive)?.bytes == 0 {
            return Ok(None);
        }
        let mut ends = control.drain().filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(ends) => Some(ends),
            _ => None,
        });
        let mut ends = ends.next().into_iter().flatten();
        let (Some(requests), Some(replies)) = (ends.next(), ends.next()) else {
            return Err(io::Error::new(
                ErrorKind::InvalidInput,
                "standard input brought no channel, or too many files are open to take it",
            ));
        };
        let action = if byte == [Action::Serve as u8] { Action::Serve } else { Action::Fork };
        Ok(Some((action, Self { requests: requests.into(), replies: replies.into() })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_read_is_taken_back_without_blocking() {
        let (mut channel, _worker) = Channel::pair().unwrap();
        assert_eq!(channel.recall(), 0);
        assert_eq!(channel.write(&[IoSlice::new(&[1; 3000]), IoSlice::new(&[2; 5000])]), 8000);
        channel.unread.read_exact(&mut [0; 1000]).unwrap();
        assert_eq!(channel.recall(), 7000);
        assert_eq!(channel.recall(), 0);
    }

    #[test]
    fn a_full_channel_takes_nothing_and_a_silent_worker_has_said_nothing() {
        let (mut channel, _worker) = Channel::pair().unwrap();
        let much = vec![0; 2 * PIPE];
        assert_eq!(channel.write(&[IoSlice::new(&much)]), PIPE);
        assert_eq!(channel.write(&[IoSlice::new(&much)]), 0);
        assert_eq!(channel.read(&mut [0; 10]), Some(0));
    }
}
