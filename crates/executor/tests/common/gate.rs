//! Where tasks wait until the test lets them go: an event that works across processes.

use std::collections::HashMap;
use std::io::{ErrorKind, Read};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Probe;

/// A gate is a Unix socket. A task that arrives connects, says its number, and goes on when its connection closes.
pub struct Gate {
    path: PathBuf,
    listener: UnixListener,
    waiting: HashMap<i64, UnixStream>,
}

impl Gate {
    /// A gate that is shut.
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("gate-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        let listener = UnixListener::bind(&path).expect("failed to make a gate");
        Self { path, listener, waiting: HashMap::new() }
    }

    /// A task that waits here, known by its number.
    pub fn hold(&self, number: i64) -> Probe {
        Probe::Hold(self.path.clone(), number)
    }

    /// Waits for the next task to arrive, and returns its number.
    pub fn arrival(&mut self) -> i64 {
        let (stream, _) = self.listener.accept().expect("failed to wait at a gate");
        self.admit(stream)
    }

    /// Waits until this many more tasks have arrived; returns their numbers, sorted.
    pub fn arrivals(&mut self, tasks: usize) -> Vec<i64> {
        let mut numbers: Vec<_> = (0..tasks).map(|_| self.arrival()).collect();
        numbers.sort_unstable();
        numbers
    }

    /// The number of a task that has arrived and was not seen yet, if there is one. Does not wait.
    pub fn unseen(&mut self) -> Option<i64> {
        self.listener.set_nonblocking(true).expect("failed to look at a gate");
        let arrived = self.listener.accept();
        self.listener.set_nonblocking(false).expect("failed to look at a gate");
        match arrived {
            Ok((stream, _)) => Some(self.admit(stream)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(error) => panic!("failed to look at a gate: {error}"),
        }
    }

    /// Lets one task go, that has arrived.
    pub fn release(&mut self, number: i64) {
        self.waiting.remove(&number).expect("no such task has arrived");
    }

    /// Lets every task go, those too that have not come yet.
    pub fn open(self) {}

    fn admit(&mut self, mut stream: UnixStream) -> i64 {
        let mut number = [0; 8];
        stream.read_exact(&mut number).expect("failed to read a task's number");
        let number = i64::from_le_bytes(number);
        self.waiting.insert(number, stream);
        number
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        // Without its file no task can arrive any more; with it, the next gate of this name could not be made.
        let _ = std::fs::remove_file(&self.path);
    }
}
