//! A server to test, and a client that sends exactly the bytes it is told to.

#![allow(dead_code, clippy::allow_attributes, reason = "no test file uses all of it")]

use flag_server::{Config, Stats, listen, raise_open_file_limit, run};
use nix::sys::resource::{Resource, getrlimit};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// What no step of any test may take; only a test that fails waits as long.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// A server in a thread of its own, on a port of its own. It stops when it is dropped.
pub struct TestServer {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Stats>>,
}

impl TestServer {
    pub fn start(config: Config) -> TestServer {
        let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(run(listener, config, stopped)).unwrap()
        });
        TestServer { address, stop: Some(stop), thread: Some(thread) }
    }

    pub fn local() -> TestServer {
        TestServer::start(Config::local())
    }

    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    pub fn get(&self, target: &str) -> Reply {
        self.connect().get(target)
    }

    pub fn stats(&self) -> Stats {
        serde_json::from_slice(&self.get("/stats").body).unwrap()
    }

    pub fn manifest(&self, query: &str) -> Value {
        let reply = self.get(&format!("/manifest.json{query}"));
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        serde_json::from_slice(&reply.body).unwrap()
    }

    /// Tells the server to stop, without waiting until it has.
    pub fn tell_to_stop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
    }

    /// Stops the server, and returns what it says at its end.
    pub fn stop(mut self) -> Stats {
        self.tell_to_stop();
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.tell_to_stop();
        if let Some(thread) = self.thread.take() {
            let stats = thread.join();
            assert!(stats.is_ok() || thread::panicking(), "the server panicked");
        }
    }
}

/// A connection, kept alive.
pub struct Client(BufReader<TcpStream>);

/// A response.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// The head, in lower case.
    pub head: String,
    pub body: Vec<u8>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Client {
        let socket = TcpStream::connect_timeout(&address, DEADLINE).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        Client(BufReader::new(socket))
    }

    pub fn get(&mut self, target: &str) -> Reply {
        self.request("GET", target)
    }

    pub fn request(&mut self, method: &str, target: &str) -> Reply {
        self.send(format!("{method} {target} HTTP/1.1\r\nHost: test\r\n\r\n"));
        self.reply_to(method)
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    pub fn reply(&mut self) -> Reply {
        self.reply_to("GET")
    }

    pub fn reply_to(&mut self, method: &str) -> Reply {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.0.read_line(&mut head).unwrap() > 0, "closed after {head:?}");
        }
        head.make_ascii_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut reply = Reply { status, head, body: Vec::new() };
        if method != "HEAD" && status != 304 {
            let length = reply.header("content-length").unwrap().parse().unwrap();
            reply.body.resize(length, 0);
            self.0.read_exact(&mut reply.body).unwrap();
        }
        reply
    }

    /// All that still comes until the server closes.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        match self.0.read_to_end(&mut rest) {
            Err(e) if e.kind() != std::io::ErrorKind::ConnectionReset => panic!("still open: {e}"),
            _ => rest,
        }
    }

    pub fn socket(&mut self) -> &mut TcpStream {
        self.0.get_mut()
    }
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Waits until something is true.
pub fn wait_until(what: &str, mut is_true: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < DEADLINE, "never came true: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Whether this process may open this number of files, for both ends of its connections and those of the tests beside it. If not, it says so.
pub fn may_open(files: u64) -> bool {
    raise_open_file_limit().unwrap();
    let (limit, _) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    if limit < files {
        eprintln!("left out: it takes {files} open files, and the system allows {limit} (`ulimit -Hn`)");
    }
    limit >= files
}
