//! The flag server, as a child process, and what it knows.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::measure::http;
use crate::plan::loopback::loopback;

/// How long the server may take to end once its standard input is closed.
const GRACE: Duration = Duration::from_secs(3);

/// A running flag server; dropping it ends it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// The server ends when this is closed, however we end.
    stdin: Option<ChildStdin>,
    address: SocketAddr,
    /// Where the flags are, without a slash at the end.
    pub base_url: String,
}

/// What a server is to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serves {
    /// Its delays; without any it answers at once.
    pub delay: Option<String>,
    /// What they follow from.
    pub seed: u64,
    /// The size of each flag in bytes, if they are to have one.
    pub size: Option<usize>,
}

/// What the server says it will answer.
#[derive(Clone, Debug, Deserialize)]
pub struct Manifest {
    /// A row for each code and copy.
    pub flags: Vec<ManifestRow>,
}

/// What the server says about one flag.
#[derive(Clone, Debug, Deserialize)]
pub struct ManifestRow {
    /// The country code.
    pub code: String,
    /// Which copy of it.
    #[serde(default = "first_copy")]
    pub copy: usize,
    /// Bytes of its GIF; none if there is no such flag.
    pub size: Option<u64>,
    /// The digest of its GIF, in hexadecimal.
    pub sha256: Option<String>,
    /// What the first request for it meets.
    pub attempts: Vec<Attempt>,
}

/// What one request meets.
#[derive(Clone, Debug, Deserialize)]
pub struct Attempt {
    /// The wait before the answer.
    pub delay_us: u64,
    /// The status of the answer.
    pub status: u16,
}

/// What the server has done since it was last reset.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Stats {
    /// Requests that arrived.
    pub requests: u64,
    /// Connections that were accepted.
    pub connections: u64,
    /// The most requests that were being answered at a time.
    pub peak_in_flight: u64,
    /// Its own processor time in user mode.
    pub cpu_user_us: u64,
    /// The same in the kernel.
    pub cpu_system_us: u64,
}

fn first_copy() -> usize {
    1
}

impl Server {
    /// Starts `program` on a free port of the loopback.
    ///
    /// # Errors
    /// A program that is missing or does not say where it listens; an address that is not of the loopback.
    pub fn start(program: &Path, serves: &Serves) -> Result<Self> {
        let Serves { delay, seed, size } = serves;
        let mut kind = delay.as_ref().map_or(vec!["local"], |delay| vec!["delay", "--delay", delay]);
        let size = size.map(|size| size.to_string());
        kind.extend(size.iter().flat_map(|size| ["--size", size]));
        Self::start_as(program, &kind, *seed)
    }

    /// The same for one of any kind, with the arguments that are its own: `["error", "--delay", "0.1..1"]`.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_as(program: &Path, kind: &[&str], seed: u64) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(kind).args(["--port", "0", "--exit-with-parent", "--seed", &seed.to_string()]);
        // In a group of its own: what ends us is ours to answer, and its last counts are wanted.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().with_context(|| {
            format!("failed to start {}: run `scripts/bench`, which builds what it needs", program.display())
        })?;
        let stdin = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().context("the server has no output")?);
        let mut line = String::new();
        stdout.read_line(&mut line).context("failed to read where the flag server listens")?;
        let Some((_, url)) = line.trim().split_once("site: ") else {
            let mut complaint = String::new();
            // The complaint only adds to the error that there is.
            let _ = child.stderr.take().map(|mut stderr| stderr.read_to_string(&mut complaint));
            let _ = child.wait();
            bail!("failed to start the flag server: it says {:?}", format!("{line}{complaint}").trim());
        };
        // Read on, so that a server that says more never waits for us.
        let stderr = child.stderr.take();
        thread::spawn(move || io::copy(&mut stdout, &mut io::sink()));
        thread::spawn(move || stderr.map(|mut stderr| io::copy(&mut stderr, &mut io::sink())));
        let address = loopback(url)?;
        Ok(Self { child, stdin, address, base_url: url.trim_end_matches('/').into() })
    }

    /// What it will answer to requests for `codes`, `copies` times each: in the order in which our programs ask, all
    /// codes once, then all again.
    ///
    /// # Errors
    /// A server that does not answer, or not with a manifest.
    pub fn manifest(&self, codes: &[String], copies: usize) -> Result<Manifest> {
        let path = format!("/manifest.json?codes={}&copies={copies}", codes.join(","));
        let mut manifest: Manifest = serde_json::from_slice(&http::ask(self.address, "GET", &path)?)
            .context("failed to read the server's manifest")?;
        manifest.flags.sort_by_key(|row| row.copy);
        Ok(manifest)
    }

    /// What it answers to a GET of `path`.
    ///
    /// # Errors
    /// A server that does not answer, or not with a 2xx.
    pub fn get(&self, path: &str) -> Result<Vec<u8>> {
        http::ask(self.address, "GET", path)
    }

    /// Sets its counts back to zero.
    ///
    /// # Errors
    /// A server that does not answer.
    pub fn reset(&self) -> Result<()> {
        http::ask(self.address, "POST", "/reset").map(drop)
    }

    /// What it has done since the last reset, without the connection that asks.
    ///
    /// # Errors
    /// A server that does not answer, or not with its counts.
    pub fn stats(&self) -> Result<Stats> {
        let stats: Stats = serde_json::from_slice(&http::ask(self.address, "GET", "/stats")?)
            .context("failed to read the server's counts")?;
        Ok(Stats { connections: stats.connections.saturating_sub(1), ..stats })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let deadline = Instant::now() + GRACE;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        // It has usually ended by now, and then both say so.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
