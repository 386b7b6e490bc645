//! Waiting for whatever happens next.

use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use crate::processes::Options;
use crate::processes::scheduler::commands::CommandQueue;
use crate::processes::worker::STOP_TIMEOUT;
use crate::processes::worker::fork_server::ForkServer;
use crate::processes::worker::handle::{Stage, WorkerHandle};

/// What happened to a worker.
pub(crate) enum WorkerEvent {
    Nothing,
    /// It has replied, or closed its end.
    Replied,
    /// Its process has ended.
    Ended,
}

/// When the worker has to be looked at, if nothing happens.
pub(crate) fn deadline(worker: &WorkerHandle, options: &Options) -> Option<Instant> {
    let limit = match worker.stage {
        // An initializer takes the time it takes.
        // A limit beyond the clock's end is none.
        Stage::Starting if options.initializer.is_none() => worker.since.checked_add(options.start_timeout),
        Stage::Starting => None,
        Stage::Stopping(Some(Signal::KILL)) => None,
        Stage::Stopping(_) => Some(worker.since + STOP_TIMEOUT),
        Stage::Ready => {
            let recall = (worker.prefetched() > 0).then_some(worker.since + worker.recall_timeout());
            let limit = options.task_timeout.filter(|_| worker.is_running());
            recall.into_iter().chain(limit.and_then(|limit| worker.since.checked_add(limit))).min()
        }
    };
    limit.into_iter().chain(worker.eof_deadline()).min()
}

/// Waits, up to the timeout; returns whether the fork server has said something, and what happened to each worker.
pub(crate) fn wait(
    server: Option<&ForkServer>,
    workers: &[WorkerHandle],
    commands: &CommandQueue,
    timeout: Option<Duration>,
) -> (bool, Vec<WorkerEvent>) {
    let mut fds = vec![PollFd::from_borrowed_fd(commands.wakeup(), PollFlags::IN)];
    fds.extend(server.map(|server| PollFd::from_borrowed_fd(server.events(), PollFlags::IN)));
    for worker in workers {
        fds.push(PollFd::from_borrowed_fd(worker.pidfd(), PollFlags::IN));
        fds.extend(worker.replies().map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::IN)));
        fds.extend(worker.requests().map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::OUT)));
    }
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    // It fails when a signal comes: then nothing has happened, and the next turn looks again.
    if poll(&mut fds, timeout.as_ref()).is_err() {
        return (false, Vec::new());
    }
    let mut happened = fds.iter().map(|fd| !fd.revents().is_empty());
    let mut next = || happened.next() == Some(true);
    if next() {
        commands.clear_wakeup();
    }
    let server_event = server.is_some() && next();
    let each = |worker: &WorkerHandle| {
        let ended = next();
        let replied = worker.replies().is_some() && next();
        if worker.requests().is_some() {
            // There is room in its channel, which the next turn finds.
            next();
        }
        match (ended, replied) {
            (true, _) => WorkerEvent::Ended,
            (false, true) => WorkerEvent::Replied,
            (false, false) => WorkerEvent::Nothing,
        }
    };
    (server_event, workers.iter().map(each).collect())
}
