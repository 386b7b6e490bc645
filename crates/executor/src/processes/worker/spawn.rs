//! Starting our own program again, as a worker or as what starts workers.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::io::retry_on_intr;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::param::linux_execfn;
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, kill_process, pidfd_open, pidfd_send_signal, waitpid};

use crate::processes::wire::channel::{Action, Channel};
use crate::processes::wire::handshake::ARGUMENT;

/// What the workers run.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// Our own program, if not set.
    pub path: Option<PathBuf>,
    pub env: Vec<(OsString, OsString)>,
}

/// A process that was just started.
pub(crate) struct Process {
    pub pid: Pid,
    /// Readable when the process has ended. End of file on the channel would not do: it comes only when the last
    /// copy of the descriptor is closed, and a task may have started a program that has one.
    pub pidfd: OwnedFd,
    pub channel: Channel,
}

impl Program {
    /// What is wrong with it: the system takes no such names.
    pub fn mistake(&self) -> Option<&'static str> {
        let has_nul = |text: &OsStr| text.as_bytes().contains(&0);
        let is_name = |name: &OsStr| !name.is_empty() && !name.as_bytes().contains(&b'=');
        match self {
            Self { path: Some(path), .. } if has_nul(path.as_os_str()) => {
                Some("the path of the workers' program has a NUL byte in it")
            }
            Self { env, .. } if env.iter().any(|(name, value)| has_nul(name) || has_nul(value)) => {
                Some("a variable of the workers' environment has a NUL byte in it")
            }
            Self { env, .. } if !env.iter().all(|(name, _)| is_name(name)) => {
                Some("the name of a variable of the workers' environment is empty, or has a = in it")
            }
            _ => None,
        }
    }

    /// Starts the program as a worker, and sends it the handshake. Returns what is left to be written of the handshake, too.
    pub fn start_worker(&self, handshake: Vec<u8>) -> io::Result<(Process, Vec<u8>)> {
        let (ours, theirs) = socket_pair()?;
        let (channel, handshake) = Channel::open(ours.as_fd(), Action::Serve, handshake)?;
        let child = self.start(theirs)?;
        Ok((Process::adopt(child.id().cast_signed(), channel)?, handshake))
    }

    /// Starts the program, which is told what to do over its standard input: that is how `Command` hands a descriptor on without a
    /// moment in which another child might inherit it.
    ///
    /// Nothing here may run between fork and exec (`pre_exec`): it would make `Command` fork, which takes 0.1 s in
    /// a process of 1 GiB, instead of half a millisecond whatever the size.
    pub fn start(&self, socket: OwnedFd) -> io::Result<Child> {
        self.command()?
            .arg(ARGUMENT)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::from(socket))
            .spawn()
    }

    fn command(&self) -> io::Result<Command> {
        match &self.path {
            Some(path) => Ok(Command::new(path)),
            // What the kernel runs as this process, even if the file was replaced since, by a new build.
            None if let Ok(path) = std::env::current_exe() => {
                let mut command = Command::new("/proc/self/exe");
                command.arg0(path);
                Ok(command)
            }
            // Without /proc: the path under which it was started.
            None => Ok(Command::new(OsStr::from_bytes(linux_execfn().to_bytes()))),
        }
    }
}

/// Both ends of a socket over which a process is told what to do.
pub(crate) fn socket_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?)
}

impl Process {
    /// Makes a handle of a child process.
    pub fn adopt(pid: i32, channel: Channel) -> io::Result<Self> {
        let pid = Pid::from_raw(pid).ok_or(ErrorKind::InvalidData)?;
        // The process has not been waited for, so the number is still its own.
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => Ok(Self { pid, pidfd, channel }),
            Err(error) => {
                kill_process(pid, Signal::KILL)?;
                wait(pid)?;
                Err(error.into())
            }
        }
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.pid.as_raw_pid().cast_unsigned()
    }

    /// Kills and reaps it.
    pub fn end(self) {
        // It fails if the process has already ended.
        _ = pidfd_send_signal(&self.pidfd, Signal::KILL);
        _ = self.wait();
    }

    /// Waits until it has ended.
    pub fn wait(&self) -> io::Result<ExitStatus> {
        wait(self.pid)
    }
}

fn wait(pid: Pid) -> io::Result<ExitStatus> {
    let ended = retry_on_intr(|| waitpid(Some(pid), WaitOptions::empty()))?;
    let (_, status) = ended.ok_or(ErrorKind::NotFound)?;
    Ok(ExitStatus::from_raw(status.as_raw()))
}
