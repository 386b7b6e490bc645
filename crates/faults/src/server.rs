//! A server that does whatever it is told to on the bare connection, right or wrong.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{After, Limits, Stream, Visit};

/// The most bytes of a request's head.
const MOST_HEAD_BYTES: usize = 16 << 10;

/// A server of raw answers: a thread for each connection. They end with the program.
#[derive(Debug)]
pub struct RawServer {
    /// Where it listens.
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl RawServer {
    /// A server that deals with each request as `play` does. An error ends the connection.
    pub fn start(play: impl Fn(&mut Visit) -> io::Result<After> + Send + Sync + 'static) -> Self {
        Self::start_within(Ok, play)
    }

    /// The same at this address.
    pub fn start_at(host: &str, play: impl Fn(&mut Visit) -> io::Result<After> + Send + Sync + 'static) -> Self {
        Self::serve(bind(host), Limits::default(), Ok, play)
    }

    /// The same within what `wrap` makes of each connection.
    pub fn start_within<S: Stream>(
        wrap: impl Fn(TcpStream) -> io::Result<S> + Send + Sync + 'static,
        play: impl Fn(&mut Visit) -> io::Result<After> + Send + Sync + 'static,
    ) -> Self {
        Self::serve(bind("127.0.0.1"), Limits::default(), wrap, play)
    }

    /// The same on this listener, which blocks, within these limits.
    pub fn start_on(
        listener: TcpListener,
        limits: Limits,
        play: impl Fn(&mut Visit) -> io::Result<After> + Send + Sync + 'static,
    ) -> Self {
        Self::serve(listener, limits, Ok, play)
    }

    fn serve<S: Stream>(
        listener: TcpListener,
        limits: Limits,
        wrap: impl Fn(TcpStream) -> io::Result<S> + Send + Sync + 'static,
        play: impl Fn(&mut Visit) -> io::Result<After> + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("a bound socket has an address");
        let [connections, requests] = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
        let (accepted, places) = (connections.clone(), Arc::new(Places::new(limits.connections)));
        let shared = Arc::new((wrap, play, requests.clone()));
        thread::spawn(move || {
            loop {
                let Ok((stream, _)) = listener.accept() else {
                    // The client is gone, or we are out of descriptors, and then it is no use to ask again at once.
                    thread::sleep(Duration::from_millis(20));
                    continue;
                };
                accepted.fetch_add(1, Ordering::Relaxed);
                let (shared, place) = (shared.clone(), Places::take(&places));
                // A client that leaves in the middle is what many faults are about. One for whom there is no thread is let go.
                _ = thread::Builder::new().spawn(move || {
                    let (wrap, play, nth) = &*shared;
                    _ = wrap(stream).and_then(|mut stream| serve(&mut stream, limits, play, nth));
                    drop(place);
                });
            }
        });
        Self { address, connections, requests }
    }

    /// Where its flags are.
    pub fn base(&self) -> String {
        format!("http://{}/flags", self.address)
    }

    /// How many connections were made to it.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// How many requests came to it.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

fn bind(host: &str) -> TcpListener {
    TcpListener::bind((host, 0)).expect("a free port")
}

fn serve(
    stream: &mut dyn Stream,
    limits: Limits,
    play: impl Fn(&mut Visit) -> io::Result<After>,
    nth: &AtomicUsize,
) -> io::Result<()> {
    stream.tcp().set_nodelay(true)?;
    stream.tcp().set_write_timeout(Some(limits.play))?;
    for nth_on_connection in 0.. {
        let Some(head) = read_head(stream, limits)? else { break };
        let nth = nth.fetch_add(1, Ordering::Relaxed);
        let mut visit = Visit::new(head, stream, Instant::now() + limits.play)?;
        let is_last = visit.is_last();
        (visit.nth_on_connection, visit.nth) = (nth_on_connection, nth);
        if play(&mut visit)? == After::Close || is_last {
            break;
        }
    }
    stream.close()
}

/// Reads up to the empty line. `None` if the client has left, takes too long, or sends more than a head has.
fn read_head(stream: &mut dyn Stream, limits: Limits) -> io::Result<Option<String>> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    let mut end = Instant::now() + limits.head;
    stream.tcp().set_read_timeout(Some(limits.idle))?;
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 || head.len() == MOST_HEAD_BYTES {
            return Ok(None);
        }
        if head.is_empty() {
            end = Instant::now() + limits.head;
            stream.tcp().set_read_timeout(Some(limits.head))?;
        } else if Instant::now() > end {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

/// The places that connections take.
#[derive(Debug)]
struct Places {
    most: usize,
    taken: Mutex<usize>,
    left: Condvar,
}

impl Places {
    fn new(most: usize) -> Self {
        Self { most, taken: Mutex::new(0), left: Condvar::new() }
    }

    /// Takes a place as soon as there is one.
    fn take(self: &Arc<Self>) -> Place {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |taken: &mut usize| *taken >= self.most;
        *self.left.wait_while(taken, full).unwrap_or_else(PoisonError::into_inner) += 1;
        Place(self.clone())
    }
}

/// A place, until it is dropped.
struct Place(Arc<Places>);

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.left.notify_one();
    }
}
