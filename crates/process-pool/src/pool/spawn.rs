//! Starting a worker.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::pool::channel::Channel;
use crate::worker::ARGUMENT;

/// What the workers run.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// Our own program, if not set.
    pub path: Option<PathBuf>,
    pub env: Vec<(OsString, OsString)>,
}

/// A process that was just started.
pub(crate) struct Process {
    pub child: Child,
    /// Readable when the process has ended. End of file on the channel would not do: it comes only when the last
    /// copy of the descriptor is closed, and a task may have started a program that has one.
    pub pidfd: OwnedFd,
    pub channel: Channel,
}

impl Program {
    /// Starts the program as a worker.
    ///
    /// Nothing here may run between fork and exec (`pre_exec`): it would make `Command` fork, which takes 0.1 s in
    /// a process of 1 GiB, instead of half a millisecond whatever the size.
    pub fn start(&self) -> io::Result<Process> {
        let (channel, socket) = Channel::open()?;
        let mut child = self
            .command()?
            .arg(ARGUMENT)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::from(socket))
            .spawn()?;
        // The process has not been waited for, so the number is still its own.
        let pid = Pid::from_child(&child);
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => Ok(Process { child, pidfd, channel }),
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error.into())
            }
        }
    }

    fn command(&self) -> io::Result<Command> {
        match &self.path {
            Some(path) => Ok(Command::new(path)),
            None => {
                // What the kernel runs as this process, even if the file was replaced since, by a new build.
                let mut command = Command::new("/proc/self/exe");
                command.arg0(std::env::current_exe()?);
                Ok(command)
            }
        }
    }
}
