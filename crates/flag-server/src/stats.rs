//! What the server has done: the counts behind `/stats`.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};
use std::array;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What a server has done since it started or was last reset.
///
/// Requests for the page and what belongs to it, `/stats`, `/manifest.json` and `/reset` are not among them, nor is what hyper
/// itself refuses because it is no HTTP. A request whose client went away while it waited is in
/// `requests` but has no response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Requests that arrived.
    pub requests: u64,
    /// Responses, for each status that there were any of.
    pub responses_by_status: BTreeMap<u16, u64>,
    /// Connections that were accepted.
    pub connections: u64,
    /// Connections that are open now.
    pub open_connections: u64,
    /// Requests that are being answered now.
    pub in_flight: u64,
    /// The most that were being answered at a time; at a server that answers at once, never over 1.
    pub peak_in_flight: u64,
    /// Bytes of the responses' bodies, without their heads.
    pub bytes_sent: u64,
    /// Processor time of the whole process, in user mode, in µs.
    pub cpu_user_us: u64,
    /// The same in the kernel.
    pub cpu_system_us: u64,
    /// The time since the server started; a reset does not change it.
    pub uptime_us: u64,
}

/// The statuses that a request can be answered with.
const STATUSES: [u16; 10] = [200, 206, 304, 400, 403, 404, 405, 412, 416, 418];

/// The counts, kept while they change. Each is exact by itself; together they are a snapshot only
/// while nothing is in flight.
pub struct Counts {
    requests: AtomicU64,
    responses: [AtomicU64; STATUSES.len()],
    connections: AtomicU64,
    open_connections: AtomicU64,
    in_flight: AtomicU64,
    peak_in_flight: AtomicU64,
    bytes_sent: AtomicU64,
    /// What the processor times were at the last reset.
    cpu_before: Mutex<[u64; 2]>,
    started: Instant,
}

impl Counts {
    pub fn new() -> Counts {
        Counts {
            requests: AtomicU64::new(0),
            responses: array::from_fn(|_| AtomicU64::new(0)),
            connections: AtomicU64::new(0),
            open_connections: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            peak_in_flight: AtomicU64::new(0),
            bytes_sent: AtomicU64::new(0),
            cpu_before: Mutex::new(cpu_us()),
            started: Instant::now(),
        }
    }

    /// Counts a request, which is in flight until the guard is dropped.
    pub fn request(&self) -> Held<'_> {
        self.requests.fetch_add(1, Relaxed);
        let now = self.in_flight.fetch_add(1, Relaxed) + 1;
        self.peak_in_flight.fetch_max(now, Relaxed);
        Held(&self.in_flight)
    }

    /// Counts a connection, which is open until the guard is dropped.
    pub fn connection(&self) -> Held<'_> {
        self.connections.fetch_add(1, Relaxed);
        self.open_connections.fetch_add(1, Relaxed);
        Held(&self.open_connections)
    }

    /// Counts a response.
    pub fn response(&self, status: u16, bytes: u64) {
        if let Some(place) = STATUSES.iter().position(|known| *known == status) {
            self.responses[place].fetch_add(1, Relaxed);
        }
        self.bytes_sent.fetch_add(bytes, Relaxed);
    }

    /// Sets everything back to zero but what is going on now.
    pub fn reset(&self) {
        let totals = [&self.requests, &self.connections, &self.bytes_sent];
        totals.into_iter().chain(&self.responses).for_each(|count| count.store(0, Relaxed));
        self.peak_in_flight.store(self.in_flight.load(Relaxed), Relaxed);
        *self.cpu_before.lock().unwrap_or_else(PoisonError::into_inner) = cpu_us();
    }

    /// Reads all the counts.
    pub fn stats(&self) -> Stats {
        let responses = STATUSES.iter().zip(&self.responses);
        let before = *self.cpu_before.lock().unwrap_or_else(PoisonError::into_inner);
        let [user, system] = cpu_us();
        Stats {
            requests: self.requests.load(Relaxed),
            responses_by_status: responses
                .map(|(status, count)| (*status, count.load(Relaxed)))
                .filter(|(_, count)| *count > 0)
                .collect(),
            connections: self.connections.load(Relaxed),
            open_connections: self.open_connections.load(Relaxed),
            in_flight: self.in_flight.load(Relaxed),
            peak_in_flight: self.peak_in_flight.load(Relaxed),
            bytes_sent: self.bytes_sent.load(Relaxed),
            cpu_user_us: user.saturating_sub(before[0]),
            cpu_system_us: system.saturating_sub(before[1]),
            uptime_us: self.started.elapsed().as_micros() as u64,
        }
    }
}

/// Something that goes on until this is dropped, which also happens when a task is cancelled.
pub struct Held<'a>(&'a AtomicU64);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// The processor time of this process, in µs: user, system. Asking about oneself cannot fail; if it
/// did, the time would be unknown and nothing else be lost.
fn cpu_us() -> [u64; 2] {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else {
        return [0, 0];
    };
    [usage.user_time(), usage.system_time()].map(|time| time.num_microseconds().unsigned_abs())
}
