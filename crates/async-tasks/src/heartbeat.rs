//! How well the event loop is: a task that wakes up again and again, and notes how late it was.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use tokio::{task::JoinHandle, time};

/// The time from one beat to the next, if nothing holds up the loop.
pub const PERIOD: Duration = Duration::from_millis(10);

/// A heart that beats until it is [stopped](Heartbeat::stop).
pub struct Heartbeat {
    beats: Arc<Mutex<Beats>>,
    task: JoinHandle<()>,
}

struct Beats {
    last: Instant,
    longest: Duration,
}

impl Heartbeat {
    /// Starts it, on the runtime that this is called on.
    pub fn start() -> Self {
        let beats = Arc::new(Mutex::new(Beats { last: Instant::now(), longest: Duration::ZERO }));
        let task = tokio::spawn({
            let beats = beats.clone();
            async move {
                loop {
                    time::sleep(PERIOD).await;
                    lock(&beats).beat();
                }
            }
        });
        Self { beats, task }
    }

    /// Stops it, and returns the longest time from one beat to the next, the one that was due included.
    pub fn stop(self) -> Duration {
        self.task.abort();
        let mut beats = lock(&self.beats);
        beats.beat();
        beats.longest
    }
}

impl Beats {
    fn beat(&mut self) {
        let now = Instant::now();
        self.longest = self.longest.max(now - self.last);
        self.last = now;
    }
}

fn lock(beats: &Mutex<Beats>) -> MutexGuard<'_, Beats> {
    beats.lock().expect("no holder of this lock panics")
}
