//! The other clients of the good server: some ask as fast as they get answers, some never come to the end of their question.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::random::Random;

/// How long the server may bear a head without end: its limit is 10 s, looked at every 2.5 s.
const PATIENCE: Duration = Duration::from_secs(30);

/// The clients, while they are there.
#[derive(Debug)]
pub struct Crowd {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    leave: AtomicBool,
    requests: AtomicU64,
    cut_off: AtomicU64,
    losses: AtomicU64,
}

/// What the clients met.
#[derive(Debug)]
pub struct Met {
    /// Requests that were answered with the very bytes of the flag.
    pub requests: u64,
    /// Slow clients that were cut off, as they have to be.
    pub cut_off: u64,
    /// Wrong answers, and slow clients that were not cut off.
    pub losses: u64,
}

impl Crowd {
    pub fn start(server: SocketAddr, fast: usize, slow: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let spawn = |play: Box<dyn FnOnce(&Shared) + Send>| {
            let shared = shared.clone();
            thread::spawn(move || play(&shared))
        };
        let fast = (0..fast).map(|seed| Box::new(move |shared: &Shared| ask_on(server, seed as u64, shared)) as Box<_>);
        let slow = Box::new(move |shared: &Shared| never_end(server, slow, shared));
        let threads = fast.chain([slow as Box<_>]).map(spawn).collect();
        Self { shared, threads }
    }

    /// All of them leave.
    pub fn leave(self) -> Met {
        self.shared.leave.store(true, Relaxed);
        let panics = self.threads.into_iter().filter_map(|thread| thread.join().err()).count() as u64;
        let [requests, cut_off, losses] =
            [&self.shared.requests, &self.shared.cut_off, &self.shared.losses].map(|count| count.load(Relaxed));
        Met { requests, cut_off, losses: losses + panics }
    }
}

/// Asks for flag after flag, on one connection.
fn ask_on(server: SocketAddr, seed: u64, shared: &Shared) {
    let mut random = Random::new(seed);
    let mut stream = BufReader::new(TcpStream::connect(server).expect("the server accepts"));
    while !shared.leave.load(Relaxed) {
        // A burst, and a breath: the programs are to have a part of the machine, too.
        for _ in 0..20 {
            let flag = &flag_images::all()[random.below(flag_images::all().len())];
            let cc = flag.code.to_lowercase();
            write!(stream.get_mut(), "GET /flags/{cc}/{cc}.gif HTTP/1.1\r\nHost: crowd\r\n\r\n").expect("it reads");
            let body = body(&mut stream, flag.gif.len());
            if body == flag.gif {
                shared.requests.fetch_add(1, Relaxed);
            } else {
                eprintln!("loss: a wrong answer for {}", flag.code);
                shared.losses.fetch_add(1, Relaxed);
            }
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Reads an answer, whose body has this length.
fn body(stream: &mut BufReader<TcpStream>, length: usize) -> Vec<u8> {
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        assert!(stream.read_line(&mut line).expect("it answers") > 0, "the server has closed");
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("it answers");
    body
}

/// Holds connections on which a head comes byte by byte, and never its end.
fn never_end(server: SocketAddr, count: usize, shared: &Shared) {
    let open = || (TcpStream::connect(server).expect("the server accepts"), Instant::now());
    let mut clients: Vec<_> = (0..count).map(|_| open()).collect();
    while !shared.leave.load(Relaxed) {
        for client in &mut clients {
            if client.0.write_all(b"x").is_err() {
                shared.cut_off.fetch_add(1, Relaxed);
                *client = open();
            } else if client.1.elapsed() > PATIENCE {
                eprintln!("loss: a head without end was borne for {PATIENCE:?}");
                shared.losses.fetch_add(1, Relaxed);
                *client = open();
            }
        }
        thread::sleep(Duration::from_secs(1));
    }
}
