//! The buffer of a connection.

use std::{io, mem, time::Instant};

use ureq::{
    Error,
    unversioned::transport::{Buffers, NextTimeout, time},
};

use super::{chunks::LAST_CHUNK, framing::Framing, head::Malformed};

/// The buffer of a connection: one for both ways, since a request has gone before its answer comes.
pub struct Buffer {
    bytes: Vec<u8>,
    /// What arrived and was not taken yet is from here
    consumed: usize,
    /// to here; and what the client is not to see yet,
    ready: usize,
    /// to here.
    filled: usize,
    /// Something was taken when the input was last looked at.
    progress: bool,
}

impl Buffer {
    /// With room for this many bytes.
    pub fn new(size: usize) -> Self {
        Self { bytes: vec![0; size], consumed: 0, ready: 0, filled: 0, progress: false }
    }

    /// What is free. What is left of the input moves to the front first; mostly that is nothing.
    pub fn free(&mut self) -> &mut [u8] {
        self.bytes.copy_within(self.consumed..self.filled, 0);
        let consumed = mem::take(&mut self.consumed);
        (self.ready, self.filled) = (self.ready - consumed, self.filled - consumed);
        &mut self.bytes[self.filled..]
    }

    /// Has `read` read into what is free, in the time that is left, until the client has something new to see. False at the end.
    pub fn fill(
        &mut self,
        timeout: NextTimeout,
        mut framing: Option<&mut Framing>,
        mut read: impl FnMut(&mut [u8], NextTimeout) -> Result<usize, Error>,
    ) -> Result<bool, Error> {
        if let Some(framing) = &framing {
            framing.check().map_err(refused)?;
        }
        let start = Instant::now();
        let mut left = timeout;
        loop {
            let free = self.free();
            if free.is_empty() {
                // Only a head is kept until it is whole.
                return Err(Error::LargeResponseHeader(self.filled, self.bytes.len()));
            }
            let amount = read(free, left)?;
            self.filled += amount;
            let Some(framing) = framing.as_deref_mut() else {
                self.ready = self.filled;
                return Ok(amount > 0);
            };
            if amount == 0 {
                framing.end()?;
                // What was kept is the beginning of a head, which the client will find cut.
                self.ready = self.filled;
                return Ok(false);
            }
            let seen = self.ready - self.consumed;
            let progress = framing.advance(&mut self.bytes[self.consumed..self.filled], seen).map_err(refused)?;
            self.ready += progress.ready;
            self.filled = self.ready + progress.kept;
            if progress.is_last {
                self.filled += LAST_CHUNK.len();
                if self.bytes.len() < self.filled {
                    self.bytes.resize(self.filled, 0);
                }
                self.bytes[self.ready..self.filled].copy_from_slice(LAST_CHUNK);
                self.ready = self.filled;
            }
            if progress.ready > 0 || progress.is_last {
                return Ok(true);
            }
            if let time::Duration::Exact(limit) = timeout.after {
                let rest = limit.checked_sub(start.elapsed()).ok_or(Error::Timeout(timeout.reason))?;
                left.after = time::Duration::Exact(rest);
            }
        }
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
        &self.bytes[self.consumed..self.ready]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.free()
    }

    fn input_appended(&mut self, amount: usize) {
        self.filled += amount;
        self.ready = self.filled;
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
        self.progress && self.consumed < self.ready
    }
}

fn refused(Malformed(what): Malformed) -> Error {
    Error::Io(io::Error::new(io::ErrorKind::InvalidData, what))
}

#[cfg(test)]
mod tests {
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
}
