//! The fork server's own side: it copies itself for each worker.

use std::fs::File;
use std::io::{self, Stdin};
use std::os::fd::{AsFd, OwnedFd};

use clone_parent::Process::{New, Old};
use rustix::io::retry_on_intr;
use rustix::net::{SendFlags, send};

use crate::processes::Usage;
use crate::processes::wire::channel::{Action, WorkerEnd};
use crate::processes::wire::server_event::ServerEvent;

/// The null device or, where there is none, a pipe without a writer.
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
        let event = match clone_parent::start() {
            Ok(New) => return Ok(Some(worker_end)),
            Ok(Old(pid)) => ServerEvent::Started(pid),
            Err(error) => ServerEvent::Failed(error.to_string()),
        };
        drop(worker_end);
        say(&socket, &event);
    }
    say(&socket, &ServerEvent::Usage(Usage::of_this_process()));
    Ok(None)
}

fn say(socket: &OwnedFd, event: &ServerEvent) {
    let event = postcard::to_stdvec(event).unwrap_or_default();
    // If it fails, the pool is gone, and so will be the next request.
    let _ = retry_on_intr(|| send(socket, &event, SendFlags::NOSIGNAL));
}
