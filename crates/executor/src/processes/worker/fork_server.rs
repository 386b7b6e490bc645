//! The fork server: our own program, started once, which then copies itself for each worker (as Python's start method `forkserver`).
//!
//! Each copy takes a quarter of the time of another exec, whatever the size of the pool's own process, which is never copied. The copies are
//! the pool's children, not the server's, so the pool watches and ends them as if it had started them itself. The server has no other
//! work: it is as small as a program can be that has just begun, and has one thread.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Stdin};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use crate::processes::Usage;
use clone_parent::Process::{New, Old};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};
use serde::{Deserialize, Serialize};

use crate::processes::scheduler::poll::PATIENCE;
use crate::processes::wire::channel::{Action, Channel, WorkerEnd};
use crate::processes::worker::spawn::{Process, Program, socket_pair};

/// A server that has started workers, and then none for so long, is replaced: somebody has stopped it.
const STOPPED: Duration = Duration::from_secs(1);

/// No news is longer, in bytes.
const LONGEST: usize = 512;

/// The server, as the pool sees it.
pub(crate) struct ForkServer {
    child: Child,
    socket: OwnedFd,
    /// The workers that it was asked for and has not started, the oldest first.
    births: VecDeque<Birth>,
    /// When it was first asked for one of them, or last told of another; or when it was asked to end.
    since: Instant,
    is_proved: bool,
    is_leaving: bool,
}

/// A worker that is to be.
pub(crate) struct Birth {
    pub index: usize,
    pub channel: Channel,
    /// What is left to be written of the request with which it is greeted.
    pub greeting: Vec<u8>,
}

/// What the server says.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum News {
    /// The worker that was asked for first is there, and has this number.
    Started(i32),
    /// It cannot be started, and why.
    Failed(String),
    /// What the server used up, at its end.
    Usage(Usage),
}

impl ForkServer {
    pub fn start(program: &Program, now: Instant) -> io::Result<Self> {
        let (socket, theirs) = socket_pair()?;
        let child = program.start(theirs)?;
        Ok(Self { child, socket, births: VecDeque::new(), since: now, is_proved: false, is_leaving: false })
    }

    /// Asks for a worker, and greets it.
    pub fn ask(&mut self, index: usize, greeting: Vec<u8>, now: Instant) -> io::Result<()> {
        let (channel, greeting) = Channel::open(self.socket.as_fd(), Action::Fork, greeting)?;
        if self.births.is_empty() {
            self.since = now;
        }
        self.births.push_back(Birth { index, channel, greeting });
        Ok(())
    }

    /// What it has said; `None`, if nothing so far.
    ///
    /// # Errors
    /// It will not say any more.
    pub fn hear(&self) -> io::Result<Option<News>> {
        let mut news = [0; LONGEST];
        match recv(&self.socket, &mut news, RecvFlags::DONTWAIT) {
            Ok((0, _)) => Err(ErrorKind::UnexpectedEof.into()),
            Ok((len, _)) => postcard::from_bytes(&news[..len]).map(Some).map_err(io::Error::other),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The birth that it spoke of.
    pub fn next_birth(&mut self, now: Instant) -> Option<Birth> {
        (self.since, self.is_proved) = (now, true);
        self.births.pop_front()
    }

    /// The births that it was asked for and has not spoken of.
    pub fn births(&self) -> impl ExactSizeIterator<Item = &Birth> {
        self.births.iter()
    }

    /// Readable, when it has said something, or ended.
    pub fn news(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// True, if it has started a worker.
    pub fn is_proved(&self) -> bool {
        self.is_proved
    }

    /// True, if it was asked to end.
    pub fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// When it has to be looked at, if nothing happens.
    pub fn deadline(&self, start_timeout: Duration) -> Option<Instant> {
        match (self.is_leaving, self.births.is_empty()) {
            (true, _) => Some(self.since + PATIENCE),
            (false, true) => None,
            (false, false) => self.since.checked_add(if self.is_proved { STOPPED } else { start_timeout }),
        }
    }

    /// Asks it to end, if it was not asked before.
    pub fn dismiss(&mut self, now: Instant) {
        if !self.is_leaving {
            (self.since, self.is_leaving) = (now, true);
            // It fails if the server has ended, which is as well.
            let _ = shutdown(&self.socket, Shutdown::Write);
        }
    }

    /// Ends it, and returns how it ended: if it had done so already, that does not change.
    pub fn bury(mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        let status = self.child.wait()?;
        // Workers of which it has spoken and that are nobody's yet are the pool's children: they end with their channels.
        while let Ok(Some(news)) = self.hear() {
            if let (News::Started(pid), Some(birth)) = (news, self.births.pop_front())
                && let Ok(process) = Process::adopt(pid, birth.channel)
            {
                process.end();
            }
        }
        Ok(status)
    }
}

/// The null device or, where there is none, a pipe that nobody writes to.
fn nothing_to_read() -> io::Result<OwnedFd> {
    File::open("/dev/null").map(OwnedFd::from).or_else(|_| Ok(io::pipe()?.0.into()))
}

/// The other side: does what is asked for over the standard input. Returns in each worker, with its side of its channel; and in a fork server
/// with `None`, at the end: when the pool says so, or is gone.
///
/// Standard input is from then on empty, so that neither a task, nor a program that a task starts, can read what is not meant
/// for it.
///
/// # Errors
/// The standard input is not a pool's.
pub(crate) fn serve(stdin: &Stdin) -> io::Result<Option<WorkerEnd>> {
    let socket = stdin.as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdin(nothing_to_read()?)?;
    while let Some((action, worker_end)) = WorkerEnd::receive(socket.as_fd())? {
        if action == Action::Serve {
            return Ok(Some(worker_end));
        }
        let news = match clone_parent::start() {
            Ok(New) => return Ok(Some(worker_end)),
            Ok(Old(pid)) => News::Started(pid),
            Err(error) => News::Failed(error.to_string()),
        };
        drop(worker_end);
        say(&socket, &news);
    }
    say(&socket, &News::Usage(Usage::of_this_process()));
    Ok(None)
}

fn say(socket: &OwnedFd, news: &News) {
    let news = postcard::to_stdvec(news).unwrap_or_default();
    // If it fails, the pool is gone, and so will be the next request.
    let _ = retry_on_intr(|| send(socket, &news, SendFlags::NOSIGNAL));
}
