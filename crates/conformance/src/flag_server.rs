//! Our own flag server, inside the test.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread::{self, JoinHandle},
    time::Duration,
};

use flag_server::{Config, listen, run};
use serde_json::Value;
use tokio::sync::oneshot;

/// A flag server on a port of its own, for as long as this lives.
#[derive(Debug)]
pub struct FlagServer {
    address: SocketAddr,
    /// Ends the thread when it is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FlagServer {
    /// The LOCAL server.
    pub fn local() -> Self {
        Self::start(Config::local())
    }

    /// The DELAY server in a hurry.
    pub fn delay(shortest_ms: u64, longest_ms: u64) -> Self {
        Self::start(in_a_hurry(Config::delay(), shortest_ms, longest_ms))
    }

    /// The ERROR server in a hurry.
    pub fn error(shortest_ms: u64, longest_ms: u64) -> Self {
        Self::start(in_a_hurry(Config::error(), shortest_ms, longest_ms))
    }

    /// A server with these settings.
    pub fn start(config: Config) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), config)
    }

    /// A server with these settings at this address.
    pub fn start_at(address: SocketAddr, config: Config) -> Self {
        let listener = listen(address).expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            // Stopping it waits for nothing: its connections are dropped with the future.
            runtime.block_on(async {
                tokio::select! {
                    served = run(listener, config, std::future::pending::<()>()) => { served.expect("good settings"); }
                    _ = stopped => {}
                }
            });
        });
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its flags are.
    pub fn base(&self) -> String {
        format!("http://{}/flags", self.address)
    }

    /// What a GET request for this path gives, as JSON.
    pub fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&ask(self.address, &format!("GET {path}"))).expect("it answers with JSON")
    }
}

impl Drop for FlagServer {
    fn drop(&mut self) {
        self.stop.take();
        // The port is free when this returns. That the thread panicked would have been seen by the case.
        _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Asks a server; what it answers.
pub fn ask(server: SocketAddr, what: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).expect("it listens");
    write!(stream, "{what} HTTP/1.1\r\nHost: flags\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    answer.split_off(end + 4)
}

fn in_a_hurry(config: Config, shortest_ms: u64, longest_ms: u64) -> Config {
    let delay = (Duration::from_millis(shortest_ms), Duration::from_millis(longest_ms));
    Config { delay: Some(delay), ..config }
}
