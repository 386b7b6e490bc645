//! One request, and what can be done to its client.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
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
    ///
    /// # Errors
    /// The client has left.
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
    /// What stands before all paths in a URL of this server, where it plays several faults: `/faults/never_answers`.
    pub root: String,
    /// The path that is asked for within the root, as it was sent, with its query.
    pub path: String,
    /// How many requests came on this connection before.
    pub nth_on_connection: usize,
    /// How many requests came to this server before.
    pub nth: usize,
    /// The address of this server, as the client has it.
    pub server: SocketAddr,
    stream: &'a mut dyn Stream,
    /// When what never ends has to.
    end: Instant,
}

impl<'a> Visit<'a> {
    /// The first visit, which has this head, until this end.
    pub(crate) fn new(head: String, stream: &'a mut dyn Stream, end: Instant) -> io::Result<Self> {
        let server = stream.tcp().local_addr()?;
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        Ok(Self { head, root: String::new(), path, nth_on_connection: 0, nth: 0, server, stream, end })
    }

    /// The path without its query.
    pub fn bare_path(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// The code whose flag is asked for, in upper case.
    pub fn code(&self) -> String {
        let name = self.bare_path().rsplit('/').next().unwrap_or_default();
        name.split('.').next().unwrap_or_default().to_ascii_uppercase()
    }

    /// The flag that is asked for; one without a flag of its own has Brazil's.
    pub fn gif(&self) -> &'static [u8] {
        flag_images::find(&self.code()).or(flag_images::find("BR")).expect("Brazil has a flag").gif
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// The client has left, or this has lasted long enough.
    pub fn write(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let mut rest = bytes.as_ref();
        while !rest.is_empty() {
            if Instant::now() > self.end {
                return Err(ErrorKind::TimedOut.into());
            }
            match self.stream.write(rest)? {
                0 => return Err(ErrorKind::WriteZero.into()),
                written => rest = &rest[written..],
            }
        }
        self.stream.flush()
    }

    /// Writes bytes again and again, with a pause after each, until the client has left.
    ///
    /// # Errors
    /// The client has left, or this has lasted long enough.
    pub fn drip(&mut self, bytes: &[u8], pause: Duration) -> io::Result<After> {
        loop {
            self.write(bytes)?;
            thread::sleep(pause);
        }
    }

    /// Answers with this status line's end, these header lines, each with its line end, and this body with its length. A HEAD gets the
    /// length alone; what is written byte by byte, right or wrong, is the same for it.
    ///
    /// # Errors
    /// The client has left.
    pub fn answer(&mut self, status: &str, headers: &str, body: &[u8]) -> io::Result<After> {
        let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
        let body = if self.head.starts_with("HEAD ") { b"" } else { body };
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
    /// The connection's, or this has lasted long enough.
    pub fn hang(&mut self) -> io::Result<After> {
        loop {
            let left = self.end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            self.stream.tcp().set_read_timeout(Some(left))?;
            if self.stream.read(&mut [0])? == 0 {
                return Ok(After::Close);
            }
        }
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
