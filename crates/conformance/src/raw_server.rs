//! A server that does whatever a case wants on the bare connection, right or wrong.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// What is to become of a connection after a request was dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It serves the next request.
    Keep,
    /// It is closed.
    Close,
}

/// A byte stream to a client, plain or within TLS.
pub trait Stream: Read + Write {
    /// The connection underneath.
    fn tcp(&self) -> &TcpStream;

    /// Says good-bye, where there is a way to.
    fn close(&mut self) -> io::Result<()> {
        self.flush()
    }
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

/// One request, and the connection to answer it on.
pub struct Visit<'a> {
    /// The head of the request, up to its empty line.
    pub head: String,
    /// How many requests came on this connection before.
    pub nth_on_connection: usize,
    /// How many requests came to this server before.
    pub nth: usize,
    /// The address of this server.
    pub server: SocketAddr,
    stream: &'a mut dyn Stream,
}

/// A server of raw answers. Its threads end with the test program.
#[derive(Debug)]
pub struct RawServer {
    /// Where it listens.
    pub address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl RawServer {
    /// A server that deals with each request as `play` does. An error ends the connection.
    pub fn start(play: impl Fn(&mut Visit) -> io::Result<After> + Send + Sync + 'static) -> Self {
        Self::start_within(Ok, play)
    }

    /// The same at this address.
    pub fn start_at(host: &str, play: impl Fn(&mut Visit) -> io::Result<After> + Send + Sync + 'static) -> Self {
        Self::serve(TcpListener::bind((host, 0)).expect("a free port"), Ok, play)
    }

    /// The same within what `wrap` makes of each connection.
    pub fn start_within<S: Stream>(
        wrap: impl Fn(TcpStream) -> io::Result<S> + Send + Sync + 'static,
        play: impl Fn(&mut Visit) -> io::Result<After> + Send + Sync + 'static,
    ) -> Self {
        Self::serve(TcpListener::bind("127.0.0.1:0").expect("a free port"), wrap, play)
    }

    fn serve<S: Stream>(
        listener: TcpListener,
        wrap: impl Fn(TcpStream) -> io::Result<S> + Send + Sync + 'static,
        play: impl Fn(&mut Visit) -> io::Result<After> + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("a bound socket has an address");
        let requests = Arc::new(AtomicUsize::new(0));
        let shared = Arc::new((wrap, play, requests.clone()));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                // A client that leaves in the middle is what many cases are about.
                thread::spawn(move || {
                    let (wrap, play, nth) = &*shared;
                    _ = wrap(stream).and_then(|mut stream| serve(&mut stream, address, play, nth));
                });
            }
        });
        Self { address, requests }
    }

    /// Where its flags are.
    pub fn base(&self) -> String {
        format!("http://{}/flags", self.address)
    }

    /// How many requests came to it.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

fn serve(
    stream: &mut dyn Stream,
    server: SocketAddr,
    play: impl Fn(&mut Visit) -> io::Result<After>,
    nth: &AtomicUsize,
) -> io::Result<()> {
    stream.tcp().set_nodelay(true)?;
    for nth_on_connection in 0.. {
        let Some(head) = read_head(stream)? else { break };
        let nth = nth.fetch_add(1, Ordering::Relaxed);
        if play(&mut Visit { head, nth_on_connection, nth, server, stream })? == After::Close {
            break;
        }
    }
    stream.close()
}

/// Reads up to the empty line. `None` if the client has left.
fn read_head(stream: &mut dyn Stream) -> io::Result<Option<String>> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

impl Visit<'_> {
    /// The path that is asked for, with its query.
    pub fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// The code whose flag is asked for, in upper case.
    pub fn code(&self) -> String {
        let name = self.path().rsplit('/').next().unwrap_or_default();
        name.split('.').next().unwrap_or_default().to_ascii_uppercase()
    }

    /// The flag that is asked for; one without a flag of its own has Brazil's.
    pub fn gif(&self) -> &'static [u8] {
        flag_images::find(&self.code()).or(flag_images::find("BR")).expect("Brazil has a flag").gif
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// The client has left.
    pub fn write(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())?;
        self.stream.flush()
    }

    /// Writes bytes again and again, with a pause before each, until the client has left.
    pub fn drip(&mut self, bytes: &[u8], pause: Duration) -> io::Result<After> {
        loop {
            self.write(bytes)?;
            thread::sleep(pause);
        }
    }

    /// Answers with this status line's end, these header lines, each with its line end, and this body with its length.
    ///
    /// # Errors
    /// The client has left.
    pub fn answer(&mut self, status: &str, headers: &str, body: &[u8]) -> io::Result<After> {
        let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
        self.write([head.as_bytes(), body].concat())?;
        Ok(After::Keep)
    }

    /// Answers as a good server does.
    ///
    /// # Errors
    /// The client has left.
    pub fn well(&mut self) -> io::Result<After> {
        self.answer("200 OK", "Content-Type: image/gif\r\n", self.gif())
    }

    /// Redirects.
    ///
    /// # Errors
    /// The client has left.
    pub fn redirect(&mut self, location: &str) -> io::Result<After> {
        self.answer("302 Found", &format!("Location: {location}\r\n"), b"")
    }

    /// Says nothing more, until the client has left.
    ///
    /// # Errors
    /// The connection's.
    pub fn hang(&mut self) -> io::Result<After> {
        let mut byte = [0];
        while self.stream.read(&mut byte)? > 0 {}
        Ok(After::Close)
    }

    /// Resets the connection.
    ///
    /// # Errors
    /// The connection's.
    pub fn reset(&mut self) -> io::Result<After> {
        rustix::net::sockopt::set_socket_linger(self.stream.tcp(), Some(Duration::ZERO))?;
        Ok(After::Close)
    }
}
