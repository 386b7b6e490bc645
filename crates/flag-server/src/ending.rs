//! What makes the program end: a signal, or the end of its parent.

use std::future::pending;
use std::{fs, io, thread};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

/// The ways to end, watched from the moment this is made.
pub struct Ending {
    /// None if it was ignored when the program started.
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    parent: Option<oneshot::Receiver<()>>,
}

impl Ending {
    /// Begins to watch: the signals, and standard input if it stands for the parent.
    pub fn prepare(with_parent: bool) -> io::Result<Ending> {
        Ok(Ending {
            interrupt: unless_ignored(SignalKind::interrupt())?,
            terminate: unless_ignored(SignalKind::terminate())?,
            parent: with_parent.then(parent_gone),
        })
    }

    /// Tells the servers to `stop` at the first signal. Returns, with the exit status, when they are
    /// to be dropped as they are: at the second signal, or as soon as the parent is gone.
    pub async fn wait(self, stop: &watch::Sender<bool>) -> u8 {
        let Ending { mut interrupt, mut terminate, parent } = self;
        // A Ctrl-C goes to the parent and to us. The parent may want its last answers: it decides.
        let obey_interrupt = parent.is_none();
        let signals = async {
            loop {
                let status = tokio::select! {
                    () = received(&mut interrupt), if obey_interrupt => 130,
                    () = received(&mut terminate) => 143,
                };
                if stop.send_replace(true) {
                    return status;
                }
            }
        };
        let parent_gone = async {
            match parent {
                Some(gone) => drop(gone.await),
                None => pending().await,
            }
        };
        tokio::select! {
            status = signals => status,
            () = parent_gone => 0,
        }
    }
}

/// Listens to a signal, unless it is ignored, as the shell has it for a script's jobs in the background, and `nohup` for others.
fn unless_ignored(kind: SignalKind) -> io::Result<Option<Signal>> {
    // Without /proc it is taken not to be.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let is_ignored = mask.is_some_and(|mask| mask >> (kind.as_raw_value() - 1) & 1 == 1);
    (!is_ignored).then(|| signal(kind)).transpose()
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => _ = signal.recv().await,
        None => pending().await,
    }
}

/// Tells when standard input has ended: the parent holds the other end of the pipe, and the system
/// closes it even if the parent is killed. A thread reads it, as a pipe that is shared cannot be made
/// non-blocking for us alone.
fn parent_gone() -> oneshot::Receiver<()> {
    let (gone, told) = oneshot::channel();
    thread::spawn(move || {
        // If it cannot be read, there is no parent at the other end either.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = gone.send(());
    });
    told
}
