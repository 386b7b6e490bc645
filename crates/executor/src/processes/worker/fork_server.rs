//! The fork server: our own program, started once, which then copies itself for each worker (Python's start method `forkserver`).
//!
//! A worker is our own program, started again under an argument of its own. That takes 0.9 ms of a processor, mostly for the kernel's
//! exec and the dynamic linker. A copy takes a quarter of that, whatever the size of the pool's own process, which is never copied: its
//! threads would be missing from the copy. The server is the program just begun, with one thread, and has read no task.
//!
//! The copies are made with `CLONE_PARENT`, so they are the pool's children, not the server's. The pool watches, signals and reaps them like
//! any worker, they die with the pool's thread, and nothing is lost if the server is. Then, or when the server has been stopped for a second,
//! another is started if workers are needed. A program that cannot be copied (its `main` has started a thread, or the kernel forbids it) is
//! started again for each worker.
//!
//! `cargo bench -p executor --bench processes_against_python` (AMD EPYC, 2 cores):
//!
//! | from nothing until this number of workers have a task | 1 | 2 | 3 | 4 | 8 | 30 |
//! |---|---:|---:|---:|---:|---:|---:|
//! | each is started by itself | 1.3 ms | 4.1 ms | 6.2 ms | 6.0 ms | 10.6 ms | 29.3 ms |
//! | a fork server starts them | 1.8 ms | 2.6 ms | 2.9 ms | 3.6 ms | 4.9 ms | 9.6 ms |
//!
//! A lost worker's replacement has run a task 1.7 ms after the loss, or 0.7 ms with a fork server. A worker has 156 KiB, or 40 KiB, of its own.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{RecvFlags, Shutdown, recv, shutdown};

use crate::processes::wire::channel::{Action, Channel};
use crate::processes::wire::server_event::ServerEvent;
use crate::processes::worker::STOP_TIMEOUT;
use crate::processes::worker::spawn::{Process, Program, socket_pair};

/// A server that has started workers, and then none for this long, is replaced: it was probably stopped (SIGSTOP).
const STOPPED: Duration = Duration::from_secs(1);

/// The server, as the pool sees it.
pub(crate) struct ForkServer {
    child: Child,
    socket: OwnedFd,
    /// The workers that it was asked for and has not started, the oldest first.
    pending: VecDeque<PendingWorker>,
    /// When it was first asked for one of them, or last told of another; or when it was asked to end.
    since: Instant,
    has_started_one: bool,
    is_stopping: bool,
}

/// A worker that the server was asked for.
pub(crate) struct PendingWorker {
    pub index: usize,
    pub channel: Channel,
    /// What is left to be written of the handshake.
    pub handshake: Vec<u8>,
}

impl ForkServer {
    pub fn start(program: &Program, now: Instant) -> io::Result<Self> {
        let (socket, theirs) = socket_pair()?;
        let child = program.start(theirs)?;
        Ok(Self { child, socket, pending: VecDeque::new(), since: now, has_started_one: false, is_stopping: false })
    }

    /// Asks for a worker, and sends it the handshake.
    pub fn ask(&mut self, index: usize, handshake: Vec<u8>, now: Instant) -> io::Result<()> {
        let (channel, handshake) = Channel::open(self.socket.as_fd(), Action::Fork, handshake)?;
        if self.pending.is_empty() {
            self.since = now;
        }
        self.pending.push_back(PendingWorker { index, channel, handshake });
        Ok(())
    }

    /// What it has said; `None`, if nothing so far.
    ///
    /// # Errors
    /// It will not say any more.
    pub fn next_event(&self) -> io::Result<Option<ServerEvent>> {
        let mut event = [0; ServerEvent::LONGEST];
        match recv(&self.socket, &mut event, RecvFlags::DONTWAIT) {
            Ok((0, _)) => Err(ErrorKind::UnexpectedEof.into()),
            Ok((len, _)) => postcard::from_bytes(&event[..len]).map(Some).map_err(io::Error::other),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The worker that it spoke of.
    pub fn next_pending(&mut self, now: Instant) -> Option<PendingWorker> {
        (self.since, self.has_started_one) = (now, true);
        self.pending.pop_front()
    }

    /// The workers that it was asked for and has not spoken of.
    pub fn pending(&self) -> impl ExactSizeIterator<Item = &PendingWorker> {
        self.pending.iter()
    }

    /// Readable, when it has said something, or ended.
    pub fn events(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// True, if it has started a worker.
    pub fn has_started_one(&self) -> bool {
        self.has_started_one
    }

    /// True, if it was asked to end.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping
    }

    /// When it has to be looked at, if nothing happens.
    pub fn deadline(&self, start_timeout: Duration) -> Option<Instant> {
        match (self.is_stopping, self.pending.is_empty()) {
            (true, _) => Some(self.since + STOP_TIMEOUT),
            (false, true) => None,
            (false, false) => self.since.checked_add(if self.has_started_one { STOPPED } else { start_timeout }),
        }
    }

    /// Asks it to end, if it was not asked before.
    pub fn ask_to_stop(&mut self, now: Instant) {
        if !self.is_stopping {
            (self.since, self.is_stopping) = (now, true);
            // It fails if the server has already ended.
            let _ = shutdown(&self.socket, Shutdown::Write);
        }
    }

    /// Ends it, and returns how it ended: if it had done so already, that does not change.
    pub fn reap(mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        let status = self.child.wait()?;
        // Workers that it has reported and that have no handle yet are the pool's children: reap them, too.
        while let Ok(Some(event)) = self.next_event() {
            if let (ServerEvent::Started(pid), Some(pending)) = (event, self.pending.pop_front())
                && let Ok(process) = Process::adopt(pid, pending.channel)
            {
                process.end();
            }
        }
        Ok(status)
    }
}
