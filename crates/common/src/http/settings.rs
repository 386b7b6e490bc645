//! The knobs of a run: every one of them, in one place, the same for every strategy.
//!
//! A comparison is only fair if the contenders are set alike, and the defaults of the two HTTP clients are not: see the table in
//! this crate's README for what each would do by itself.

use std::{ffi::OsString, net::SocketAddr, num::NonZeroUsize, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::{
    http::{CpuOn, password::without_password},
    run::{Clock, Starts},
};

/// What every strategy's workers need to know to download flags. It is serialisable: workers in other processes get it too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// Where the flags are: `{base_url}/br/br.gif`.
    pub base_url: Url,
    /// The addresses of its host, resolved once. A client that resolves by itself does so for each connection, in threads.
    pub addresses: Vec<SocketAddr>,
    /// The folder for the flags: a path, which need not be UTF-8 (serde's of a `PathBuf` must be).
    pub dest: OsString,
    /// How many requests are under way at a time; also the number of idle connections that a client keeps.
    pub concurrency: usize,
    /// The time limits of a request.
    pub timeouts: Timeouts,
    /// The largest body that is accepted, in bytes.
    pub max_bytes: u64,
    /// The largest answer head that is accepted, in bytes. Less than [`buffer_bytes`](Self::buffer_bytes): one of the clients
    /// needs the whole head in its buffer.
    pub max_head_bytes: usize,
    /// The size of a blocking connection's buffer, in bytes, which is for both ways; TLS has one more for each.
    pub buffer_bytes: usize,
    /// How long a connection may be idle and still be used again. Servers close theirs sooner or later; ours after 120 s.
    pub idle_limit: Duration,
    /// How many redirects one request may follow.
    pub max_redirects: u32,
    /// How often a failed request is tried again, where that may help.
    pub retries: u32,
    /// The least time between the starts of two requests of the whole run, for a public site.
    pub pace: Option<Duration>,
    /// How the client names itself.
    pub user_agent: String,
    /// How many [rounds](super::Rounds) are computed over each flag.
    pub cpu_rounds: u32,
    /// Where, if there is an event loop.
    pub cpu_on: CpuOn,
    /// A PEM file with root certificates to trust beside the bundled ones.
    pub ca_cert: Option<OsString>,
    /// What all times of the run are measured by.
    pub clock: Clock,
    /// The listener that is told of each start, in this process.
    #[serde(skip)]
    pub starts: Starts,
}

/// The time limits of a request, a phase each. A limit for the whole request would make `ureq` start a thread per request
/// (measured: five times the wall time), and a limit per read never ends a slow drip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeouts {
    /// Until the connection stands, TLS included.
    pub connect: Duration,
    /// From there until the whole head of the answer is here.
    pub head: Duration,
    /// From there until the whole body is here.
    pub body: Duration,
}

impl Default for Timeouts {
    /// 3.1 s to connect; 6.1 s for the head and for the body: the DELAY server's longest delay, 5 s, fits inside.
    fn default() -> Self {
        Self {
            connect: Duration::from_millis(3100),
            head: Duration::from_millis(6100),
            body: Duration::from_millis(6100),
        }
    }
}

impl Settings {
    /// The settings for this base URL at these addresses, with a default for everything else and a clock that starts now.
    pub fn new(base_url: Url, addresses: Vec<SocketAddr>) -> Self {
        Self {
            base_url,
            addresses,
            dest: "downloaded".into(),
            concurrency: 1,
            timeouts: Timeouts::default(),
            max_bytes: 10 << 20,
            max_head_bytes: 7 << 10,
            buffer_bytes: 8 << 10,
            idle_limit: Duration::from_secs(15),
            max_redirects: 10,
            retries: 0,
            pace: None,
            user_agent: format!("side-by-side/{}", env!("CARGO_PKG_VERSION")),
            cpu_rounds: 0,
            cpu_on: CpuOn::default(),
            ca_cert: None,
            clock: Clock::start(),
            starts: Starts::default(),
        }
    }

    /// Every knob by its name, for a report. What is no UTF-8 in a path is replaced, as JSON has no bytes.
    pub fn knobs(&self) -> Value {
        json!({
            "base_url": without_password(&self.base_url),
            "addresses": self.addresses,
            "dest": self.dest.to_string_lossy(),
            "concurrency": self.concurrency,
            "connect_timeout_ms": self.timeouts.connect.as_millis() as u64,
            "head_timeout_ms": self.timeouts.head.as_millis() as u64,
            "body_timeout_ms": self.timeouts.body.as_millis() as u64,
            "max_bytes": self.max_bytes,
            "max_head_bytes": self.max_head_bytes,
            "buffer_bytes": self.buffer_bytes,
            "idle_connections": self.concurrency,
            "idle_limit_ms": self.idle_limit.as_millis() as u64,
            "max_redirects": self.max_redirects,
            "retries": self.retries,
            "pace_ms": self.pace.map(|pace| pace.as_millis() as u64),
            "user_agent": self.user_agent,
            "ca_cert": self.ca_cert.as_ref().map(|path| path.to_string_lossy()),
            "cpu_rounds": self.cpu_rounds,
            "cpu_on": self.cpu_on,
            "proxy": null,
            "compression": null,
        })
    }

    /// How many tasks a pool is given ahead of their results: enough to keep each worker busy, and no more, so that a long run takes
    /// no more memory than a short one.
    pub fn ahead(&self) -> NonZeroUsize {
        NonZeroUsize::MIN.saturating_add(8 * self.concurrency)
    }

    /// How long `worker` must wait before its next request, so that the run as a whole keeps its pace.
    ///
    /// The workers take turns: each has a slot of its own in a round of `concurrency` slots. So the pace holds for the whole run
    /// without a word between the workers, whether they are threads, processes or tasks.
    pub fn wait_for_slot(&self, worker: usize, now: Duration) -> Option<Duration> {
        let pace = self.pace?.as_micros() as u64;
        let (now, slot) = (now.as_micros() as u64, worker as u64 * pace);
        let round = pace * self.concurrency as u64;
        let next = if now <= slot { slot } else { slot + (now - slot).div_ceil(round) * round };
        Some(Duration::from_micros(next - now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_that_take_turns_keep_the_pace_together() {
        let mut settings = Settings::new("http://127.0.0.1:1/flags".parse().unwrap(), vec![]);
        settings.concurrency = 20;
        settings.pace = Some(Duration::from_millis(100));
        // Each worker asks again as soon as its last request was sent: one microsecond later.
        let mut starts = Vec::new();
        for worker in 0..20 {
            let mut now = Duration::from_micros(worker as u64 * 37);
            for _ in 0..5 {
                now += settings.wait_for_slot(worker, now).unwrap();
                starts.push(now);
                now += Duration::from_micros(1);
            }
        }
        starts.sort();
        assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(100)));
        assert_eq!(starts.len(), 100);
        assert_eq!(*starts.last().unwrap(), Duration::from_millis(9900));
    }
}
