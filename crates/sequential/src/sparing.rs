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

/// Makes such connections.
#[derive(Debug)]
pub struct SparingConnector;

impl Connector for SparingConnector {
    type Out = Sparing;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Sparing>, Error> {
        let stream = Arc::new(connect(&details.addrs, details.timeout)?);
        stream.set_nodelay(true)?;
        // From now on whoever shuts the agent down ends a read that waits, too.
        let shutdown: Weak<dyn ShutdownHandle> = Arc::<TcpStream>::downgrade(&stream);
        (details.register_shutdown)(shutdown)?;
        let buffer = Buffer::new(details.config.input_buffer_size());
        Ok(Some(Sparing { stream, buffer, read_limit: None, write_limit: None, was_used: false }))
    }
}

/// A connection to the first of these addresses that there is one to. Each has the same share of the time.
fn connect(addresses: &ResolvedSocketAddrs, timeout: NextTimeout) -> Result<TcpStream, Error> {
    let mut last = Error::ConnectionFailed;
    for address in addresses {
        let connected = match timeout.not_zero() {
            Some(limit) => TcpStream::connect_timeout(address, *limit / addresses.len() as u32),
            None => TcpStream::connect(address),
        };
        match connected {
            Ok(stream) => return Ok(stream),
            Err(error) => last = in_words_of_the_client(error, Timeout::Connect),
        }
    }
    Err(last)
}

/// A connection that asks less often whether it is still open, and sets its time limits less often.
pub struct Sparing {
    /// Shared with whoever may shut it down.
    stream: Arc<TcpStream>,
    buffer: Buffer,
    /// The time limits that the socket knows.
    read_limit: Option<Duration>,
    write_limit: Option<Duration>,
    /// It was used since it was last asked whether it is open.
    was_used: bool,
}

/// Time limits are kept up to this many milliseconds too late.
const STEP: u64 = 10;

impl Transport for Sparing {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffer
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.was_used = true;
        let limit = rounded_up(timeout);
        if mem::replace(&mut self.write_limit, limit) != limit {
            self.stream.set_write_timeout(limit)?;
        }
        let sent = (&*self.stream).write_all(&self.buffer.free()[..amount]);
        sent.map_err(|error| in_words_of_the_client(error, timeout.reason))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.was_used = true;
        let limit = rounded_up(timeout);
        if mem::replace(&mut self.read_limit, limit) != limit {
            self.stream.set_read_timeout(limit)?;
        }
        let amount = loop {
            match (&*self.stream).read(self.buffer.free()) {
                // Where there is a time limit, the system does not go on by itself after a stop (signal(7)).
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read.map_err(|error| in_words_of_the_client(error, timeout.reason))?,
            }
        };
        self.buffer.input_appended(amount);
        Ok(amount > 0)
    }

    /// It is asked when it is put back after use, and again when it is taken for the next request. Only then it matters; and it is
    /// open if there is nothing to read: neither its end, nor more than was asked for.
    fn is_open(&mut self) -> bool {
        let look = || recv(&*self.stream, &mut [0; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        mem::take(&mut self.was_used) || look() == Err(Errno::AGAIN)
    }
}

impl fmt::Debug for Sparing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sparing").field("stream", &self.stream).finish_non_exhaustive()
    }
}

/// The time that is left is another for each read. Rounded up it is mostly the same, which a socket need not be told again.
fn rounded_up(timeout: NextTimeout) -> Option<Duration> {
    let time::Duration::Exact(left) = timeout.after else { return None };
    Some(Duration::from_millis((left.as_millis() as u64 / STEP).saturating_add(1).saturating_mul(STEP)))
}

fn in_words_of_the_client(error: io::Error, reason: Timeout) -> Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Error::Timeout(reason),
        _ => Error::Io(error),
    }
}

/// The buffer of a connection: one for both ways, since a request has gone before its answer comes.
struct Buffer {
    bytes: Vec<u8>,
    /// What arrived and was not taken yet is from here
    consumed: usize,
    /// to here.
    filled: usize,
    /// Something was taken when the input was last looked at.
    progress: bool,
}

impl Buffer {
    fn new(size: usize) -> Self {
        Self { bytes: vec![0; size], consumed: 0, filled: 0, progress: false }
    }

    /// What is free. What is left of the input moves to the front first; mostly that is nothing.
    fn free(&mut self) -> &mut [u8] {
        self.bytes.copy_within(self.consumed..self.filled, 0);
        self.filled -= mem::take(&mut self.consumed);
        &mut self.bytes[self.filled..]
    }
}

impl Buffers for Buffer {
    /// Only TLS sends while there is input left, and it can do with any room.
    fn output(&mut self) -> &mut [u8] {
        if self.free().is_empty() {
            self.bytes.resize(2 * self.bytes.len(), 0);
        }
        self.free()
    }

    fn input(&self) -> &[u8] {
        &self.bytes[self.consumed..self.filled]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.free()
    }

    fn input_appended(&mut self, amount: usize) {
        self.filled += amount;
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.consumed += amount;
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        let free = self.free();
        free.split_at_mut(free.len() / 2)
    }

    fn can_use_input(&self) -> bool {
        self.progress && self.consumed < self.filled
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn put(buffer: &mut Buffer, bytes: &[u8]) {
        buffer.input_append_buf()[..bytes.len()].copy_from_slice(bytes);
        buffer.input_appended(bytes.len());
    }

    #[test]
    fn what_is_left_of_the_input_stays_in_front_of_what_comes_next() {
        let mut buffer = Buffer::new(8);
        put(&mut buffer, b"abcdef");
        buffer.input_consume(4);
        put(&mut buffer, b"ghijkl");
        assert_eq!(buffer.input(), b"efghijkl");
        assert!(buffer.input_append_buf().is_empty() && buffer.can_use_input());
    }

    #[test]
    fn there_is_room_to_send_whatever_was_received() {
        let mut buffer = Buffer::new(8);
        put(&mut buffer, b"abcdefgh");
        assert_eq!(buffer.output().len(), 8);
        assert_eq!(buffer.input(), b"abcdefgh");
    }

    #[test]
    fn a_connection_is_open_until_its_end_or_more_than_was_asked_for_has_come() {
        for more in [&b"more"[..], b""] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let stream = Arc::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
            let (mut server, _) = listener.accept().unwrap();
            let (reader, buffer) = (stream.clone(), Buffer::new(8));
            let mut connection = Sparing { stream, buffer, read_limit: None, write_limit: None, was_used: false };
            assert!(connection.is_open());
            server.write_all(more).unwrap();
            drop(server);
            // Until it has arrived.
            assert_eq!(reader.peek(&mut [0; 8]).unwrap(), more.len());
            assert!(!connection.is_open());
        }
    }
}
