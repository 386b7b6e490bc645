//! The channel between the pool and a worker: two pipes, which cost a third of what a socket does.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, PipeReader, PipeWriter, Read, Write, pipe};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::cmsg_space;
use rustix::io::{ReadWriteFlags, ioctl_fionbio};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};

/// What a pipe holds.
const PIPE: usize = 64 * 1024;

/// The pool's side, which never blocks.
pub(crate) struct Channel {
    /// `None`, when there are no more letters.
    letters: Option<PipeWriter>,
    /// The end of the worker's, too: with it, letters can be taken back.
    letterbox: PipeReader,
    replies: PipeReader,
}

/// The worker's side, which blocks.
pub(crate) struct Post {
    pub letters: PipeReader,
    pub replies: PipeWriter,
}

impl Channel {
    /// Opens a channel. The worker gets its ends over the socket, which it finds as its standard input: that is how
    /// `Command` hands a descriptor on without a moment in which another child might inherit it.
    pub fn open() -> io::Result<(Self, OwnedFd)> {
        let (letterbox, letters) = pipe()?;
        let (replies, answers) = pipe()?;
        ioctl_fionbio(&letters, true)?;
        ioctl_fionbio(&replies, true)?;
        let (ours, theirs) = UnixStream::pair()?;
        let ends = [letterbox.as_fd(), answers.as_fd()];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(2))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        control.push(SendAncillaryMessage::ScmRights(&ends));
        sendmsg(&ours, &[IoSlice::new(b".")], &mut control, SendFlags::empty())?;
        Ok((Self { letters: Some(letters), letterbox, replies }, theirs.into()))
    }

    /// Readable, when the worker has replied.
    pub fn replies(&self) -> BorrowedFd<'_> {
        self.replies.as_fd()
    }

    /// Writable, when there is room for letters.
    pub fn letters(&self) -> Option<BorrowedFd<'_>> {
        self.letters.as_ref().map(|letters| letters.as_fd())
    }

    /// There will be no more letters.
    pub fn close(&mut self) {
        self.letters = None;
    }

    /// Writes as much as there is room for, and returns how much that was.
    pub fn write(&mut self, letters: &[IoSlice<'_>]) -> usize {
        let Some(pipe) = &mut self.letters else {
            return 0;
        };
        // An error is that the pipe is full: it has a reader for as long as we are one.
        retry(|| pipe.write_vectored(letters)).unwrap_or(0)
    }

    /// Reads what the worker has replied; 0 for nothing so far; `None` at the end.
    pub fn read(&mut self, buffer: &mut [u8]) -> Option<usize> {
        match retry(|| self.replies.read(buffer)) {
            Ok(0) => None,
            Ok(len) => Some(len),
            Err(_) => Some(0),
        }
    }

    /// Empties the letterbox, and returns how many bytes the worker had not read.
    ///
    /// It is one read, which gets all there is: a second might come after a read by the worker, out of order.
    pub fn take_back(&mut self) -> usize {
        let mut unread = vec![0; PIPE];
        // Our end is the worker's, which blocks, so this read has to say that it does not.
        let read = || preadv2(&self.letterbox, &mut unread);
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

impl Post {
    /// Receives the worker's ends, over its standard input.
    ///
    /// Standard input is then the null device, so that neither a task, nor a program that a task starts, can read
    /// what is not meant for it.
    pub fn receive() -> io::Result<Self> {
        let stdin = io::stdin();
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(2))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut byte = [0];
        recvmsg(&stdin, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
        let mut ends = control.drain().filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(ends) => Some(ends),
            _ => None,
        });
        let mut ends = ends.next().into_iter().flatten();
        let (Some(letters), Some(replies)) = (ends.next(), ends.next()) else {
            return Err(io::Error::new(ErrorKind::InvalidInput, "standard input brought no channel"));
        };
        rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?;
        Ok(Self { letters: letters.into(), replies: replies.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_read_is_taken_back_without_blocking() {
        let (mut channel, _worker) = Channel::open().unwrap();
        assert_eq!(channel.take_back(), 0);
        assert_eq!(channel.write(&[IoSlice::new(&[1; 3000]), IoSlice::new(&[2; 5000])]), 8000);
        channel.letterbox.read_exact(&mut [0; 1000]).unwrap();
        assert_eq!(channel.take_back(), 7000);
        assert_eq!(channel.take_back(), 0);
    }

    #[test]
    fn a_full_channel_takes_nothing_and_a_silent_worker_has_said_nothing() {
        let (mut channel, _worker) = Channel::open().unwrap();
        let much = vec![0; 2 * PIPE];
        assert_eq!(channel.write(&[IoSlice::new(&much)]), PIPE);
        assert_eq!(channel.write(&[IoSlice::new(&much)]), 0);
        assert_eq!(channel.read(&mut [0; 10]), Some(0));
    }
}
