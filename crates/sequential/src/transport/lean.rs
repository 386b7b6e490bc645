//! A connection over TCP that does without those system calls of `ureq`'s own that change nothing: seven of fourteen for each flag,
//! with its save; and without a buffer of its own for what is sent.

use std::{
    fmt,
    io::{self, Read, Write},
    mem,
    net::TcpStream,
    sync::{Arc, Weak},
    time::Duration,
};

use rustix::{
    io::Errno,
    net::{RecvFlags, recv},
};
use ureq::{
    Error, Timeout,
    unversioned::{
        resolver::ResolvedSocketAddrs,
        transport::{Buffers, ConnectionDetails, Connector, NextTimeout, ShutdownHandle, Transport, time},
    },
};

use super::{buffer::Buffer, framing::Framing};

/// Makes such connections.
#[derive(Debug)]
pub struct LeanConnector;

impl Connector for LeanConnector {
    type Out = LeanTransport;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<LeanTransport>, Error> {
        let stream = Arc::new(connect(&details.addrs, details.timeout)?);
        stream.set_nodelay(true)?;
        // From now on shutting the agent down ends a read that waits, too.
        let shutdown: Weak<dyn ShutdownHandle> = Arc::<TcpStream>::downgrade(&stream);
        (details.register_shutdown)(shutdown)?;
        let buffer = Buffer::new(details.config.input_buffer_size());
        let framing = (!details.needs_tls()).then(Framing::new);
        Ok(Some(LeanTransport {
            stream,
            buffer,
            framing,
            read_limit: None,
            write_limit: None,
            was_used: false,
            is_new: true,
        }))
    }
}

/// How long an address is waited for while there are others: as long as the asynchronous client waits before it tries one of the other
/// family (RFC 8305, section 8, recommends 250 ms).
const PATIENCE: Duration = Duration::from_millis(300);

/// A connection to the first of these addresses that answers: each is given a short time, then each the same share of the rest.
fn connect(addresses: &ResolvedSocketAddrs, timeout: NextTimeout) -> Result<TcpStream, Error> {
    let mut last = Error::ConnectionFailed;
    let share = timeout.not_zero().map(|limit| *limit / addresses.len().max(1) as u32);
    let rounds: &[Option<Duration>] = if addresses.len() > 1 { &[Some(PATIENCE), share] } else { &[share] };
    for limit in rounds {
        for address in addresses {
            let connected = match limit {
                Some(limit) => TcpStream::connect_timeout(address, *limit),
                None => TcpStream::connect(address),
            };
            match connected {
                Ok(stream) => return Ok(stream),
                Err(error) => last = in_words_of_the_client(error, Timeout::Connect),
            }
        }
        // What was refused is refused again; only what was silent may need longer.
        if !matches!(last, Error::Timeout(_)) {
            break;
        }
    }
    Err(last)
}

/// A connection that asks less often whether it is still open, and sets its time limits less often.
pub struct LeanTransport {
    /// Shared with the agent, which may shut it down.
    stream: Arc<TcpStream>,
    buffer: Buffer,
    /// Where the answers are; `None` within TLS, where they are not to be seen here.
    framing: Option<Framing>,
    /// The time limits that the socket knows.
    read_limit: Option<Duration>,
    write_limit: Option<Duration>,
    /// It was used since it was last asked whether it is open.
    was_used: bool,
    /// There was no request before.
    is_new: bool,
}

/// Time limits are kept up to this many milliseconds too late.
const STEP: u64 = 10;

impl Transport for LeanTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffer
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.was_used = true;
        let limit = rounded_up(timeout);
        if mem::replace(&mut self.write_limit, limit) != limit {
            self.stream.set_write_timeout(limit)?;
        }
        if let Some(framing) = &mut self.framing {
            // A connection that was used before was looked at when it was taken.
            let is_early = mem::take(&mut self.is_new) && look(&self.stream) == Look::Waits;
            framing.expect_answer(is_early);
        }
        let sent = (&*self.stream).write_all(&self.buffer.free()[..amount]);
        sent.map_err(|error| in_words_of_the_client(error, timeout.reason))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.was_used = true;
        let Self { stream, buffer, framing, read_limit, .. } = self;
        buffer.fill(timeout, framing.as_mut(), |free, timeout| {
            let limit = rounded_up(timeout);
            if mem::replace(read_limit, limit) != limit {
                stream.set_read_timeout(limit)?;
            }
            loop {
                match (&**stream).read(free) {
                    // Where there is a time limit, the system does not go on by itself after a stop (signal(7)).
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => return read.map_err(|error| in_words_of_the_client(error, timeout.reason)),
                }
            }
        })
    }

    /// It is asked when it is put back after use, and again when it is taken for the next request. Only then it matters; and it is
    /// open if there is nothing to read: neither its end, nor more than was asked for.
    fn is_open(&mut self) -> bool {
        let is_clean = self.framing.as_ref().is_none_or(Framing::is_clean);
        is_clean && (mem::take(&mut self.was_used) || look(&self.stream) == Look::Silent)
    }
}

/// What a look at a connection shows.
#[derive(PartialEq, Eq)]
enum Look {
    Silent,
    /// Something has come that was not read.
    Waits,
    Ended,
}

fn look(stream: &TcpStream) -> Look {
    match recv(stream, &mut [0; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT) {
        Err(Errno::AGAIN) => Look::Silent,
        Ok((1.., _)) => Look::Waits,
        _ => Look::Ended,
    }
}

impl fmt::Debug for LeanTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeanTransport").field("stream", &self.stream).finish_non_exhaustive()
    }
}

/// The time that is left is another for each read. Rounded up it is mostly the same, which a socket need not be told again.
fn rounded_up(timeout: NextTimeout) -> Option<Duration> {
    let time::Duration::Exact(left) = timeout.after else { return None };
    Some(Duration::from_millis((left.as_millis() as u64 / STEP).saturating_add(1).saturating_mul(STEP)))
}

/// A connection that was lost, under a name that the client does not take for the end of a body.
#[derive(Debug)]
pub struct Lost(pub io::Error);

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Lost {}

fn in_words_of_the_client(error: io::Error, reason: Timeout) -> Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Error::Timeout(reason),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Error::Io(io::Error::other(Lost(error))),
        _ => Error::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_connection_is_open_until_its_end_or_more_than_was_asked_for_has_come() {
        for more in [&b"more"[..], b""] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let stream = Arc::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
            let (mut server, _) = listener.accept().unwrap();
            let (reader, buffer) = (stream.clone(), Buffer::new(8));
            let mut connection = LeanTransport {
                stream,
                buffer,
                framing: None,
                read_limit: None,
                write_limit: None,
                was_used: false,
                is_new: false,
            };
            assert!(connection.is_open());
            server.write_all(more).unwrap();
            drop(server);
            // Until it has arrived.
            assert_eq!(reader.peek(&mut [0; 8]).unwrap(), more.len());
            assert!(!connection.is_open());
        }
    }
}
