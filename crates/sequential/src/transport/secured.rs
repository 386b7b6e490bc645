//! TLS, and what is seen of the answers within it.

use std::fmt;

use ureq::{
    Error,
    unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, RustlsConnector, Transport},
};

use super::{buffer::Buffer, framing::Framing};

/// A connector for TLS that keeps out of the way of those who need none.
#[derive(Debug)]
pub struct IfNeeded(pub RustlsConnector);

impl<T: Transport> Connector<T> for IfNeeded {
    type Out = Box<dyn Transport>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<T>) -> Result<Option<Self::Out>, Error> {
        match chained {
            Some(plain) if !details.needs_tls() => Ok(Some(plain.boxed())),
            plain => self.secure(details, plain),
        }
    }
}

impl IfNeeded {
    /// A function of its own, since it needs much of the stack, which 1,000 threads would have each.
    #[inline(never)]
    fn secure<T: Transport>(
        &self,
        details: &ConnectionDetails<'_>,
        plain: Option<T>,
    ) -> Result<Option<Box<dyn Transport>>, Error> {
        let size = details.config.input_buffer_size();
        Ok(self.0.connect(details, plain)?.map(|inner| Secured::new(inner.boxed(), size).boxed()))
    }
}

/// A connection within TLS, whose answers are seen to when they are decrypted.
struct Secured {
    inner: Box<dyn Transport>,
    buffer: Buffer,
    framing: Framing,
}

impl Secured {
    /// Within this one, with a buffer of this many bytes.
    fn new(inner: Box<dyn Transport>, size: usize) -> Self {
        Self { inner, buffer: Buffer::new(size), framing: Framing::new() }
    }
}

impl Transport for Secured {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffer
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.framing.expect_answer(false);
        let mut sent = 0;
        while sent < amount {
            let room = self.inner.buffers().output();
            let length = room.len().min(amount - sent);
            room[..length].copy_from_slice(&self.buffer.free()[sent..sent + length]);
            self.inner.transmit_output(length, timeout)?;
            sent += length;
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let Self { inner, buffer, framing } = self;
        buffer.fill(timeout, Some(framing), |free, timeout| {
            if inner.buffers().input().is_empty() && !inner.await_input(timeout)? {
                return Ok(0);
            }
            let input = inner.buffers().input();
            let length = input.len().min(free.len());
            free[..length].copy_from_slice(&input[..length]);
            inner.buffers().input_consume(length);
            Ok(length)
        })
    }

    fn is_open(&mut self) -> bool {
        self.framing.is_clean() && self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secured").field(&self.inner).finish()
    }
}
