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
    /// Whether a HEAD has its whole answer, so that nothing more may follow.
    is_answered: bool,
}

impl<'a> Visit<'a> {
    /// The first visit, which has this head, until this end.
    pub(crate) fn new(head: String, stream: &'a mut dyn Stream, end: Instant) -> io::Result<Self> {
        let server = stream.tcp().local_addr()?;
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        Ok(Self {
            head,
            root: String::new(),
            path,
            nth_on_connection: 0,
            nth: 0,
            server,
            stream,
            end,
            is_answered: false,
        })
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

    /// Whether the client expects the connection to close behind the answer: it said so, or speaks HTTP/1.0 and did not ask for more.
    pub(crate) fn is_last(&self) -> bool {
        let head = self.head.to_ascii_lowercase();
        let mut options =
            head.lines().filter_map(|line| line.strip_prefix("connection:")).flat_map(|line| line.split(','));
        let mut says = |what: &str| options.any(|option| option.trim() == what);
        if self.is_http_1_0() { !says("keep-alive") } else { says("close") }
    }

    fn is_http_1_0(&self) -> bool {
        self.head.lines().next().is_some_and(|line| line.ends_with(" HTTP/1.0"))
    }

    /// Writes bytes as they are; to a HEAD no more than the head of an answer. What ends a head is to be within one call.
    ///
    /// # Errors
    /// The client has left, or this has lasted long enough, or is behind the answer to a HEAD.
    pub fn write(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let mut rest = bytes.as_ref();
        if self.head.starts_with("HEAD ") {
            if self.is_answered {
                return Err(ErrorKind::BrokenPipe.into());
            }
            if let Some(end) = end_of_head(rest) {
                (rest, self.is_answered) = (&rest[..end], true);
            }
        }
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

    /// Answers with this status line's end, these header lines, each with its line end, and this body with its length.
    ///
    /// # Errors
    /// The client has left.
    pub fn answer(&mut self, status: &str, headers: &str, body: &[u8]) -> io::Result<After> {
        // A client of HTTP/1.0 that asked for it has to be told; one of HTTP/1.1 takes it for granted.
        let kept = if self.is_http_1_0() && !self.is_last() { "Connection: keep-alive\r\n" } else { "" };
        let head = format!("HTTP/1.1 {status}\r\n{headers}{kept}Content-Length: {}\r\n\r\n", body.len());
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

    /// Says nothing more, until the client has left. One that sent a HEAD, and has its answer, may go on.
    ///
    /// # Errors
    /// The connection's, or this has lasted long enough.
    pub fn hang(&mut self) -> io::Result<After> {
        if self.is_answered {
            return Ok(After::Keep);
        }
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

/// Where the head of an answer ends that is no interim one, such as `100 Continue`.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    const END: &[u8] = b"\r\n\r\n";
    let mut start = 0;
    while let Some(length) = bytes[start..].windows(END.len()).position(|window| window == END) {
        let end = start + length + END.len();
        if !bytes[start..].starts_with(b"HTTP/1.1 1") {
            return Some(end);
        }
        start = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::end_of_head;

    #[test]
    fn a_head_ends_at_its_empty_line_and_an_interim_one_is_none() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\n";
        let head = "HTTP/1.1 200 OK\r\nX: y\r\n\r\n";
        assert_eq!(end_of_head(format!("{head}body\r\n\r\n").as_bytes()), Some(head.len()));
        assert_eq!(
            end_of_head(format!("{interim}{interim}{head}body").as_bytes()),
            Some(2 * interim.len() + head.len())
        );
        assert_eq!(end_of_head(interim.as_bytes()), None);
        assert_eq!(end_of_head(b"HTTP/1.1 200 OK\r\n"), None);
    }
}
