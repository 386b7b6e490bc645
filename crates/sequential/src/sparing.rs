//! A connection that does without those system calls of `ureq` that change nothing: five of fourteen for each flag, with its save.

use std::mem;

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport, time::Duration};

/// A connection that asks less often whether it is still open, and sets its time limits less often.
#[derive(Debug)]
pub struct Sparing<T> {
    transport: T,
    /// It was used since it was last asked whether it is open.
    was_used: bool,
}

/// Time limits are kept up to this many milliseconds too late.
const STEP: u64 = 10;

impl<T> Sparing<T> {
    /// This connection, but sparing.
    pub fn new(transport: T) -> Self {
        Self { transport, was_used: false }
    }
}

impl<T: Transport> Transport for Sparing<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.was_used = true;
        self.transport.transmit_output(amount, rounded_up(timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.was_used = true;
        self.transport.await_input(rounded_up(timeout))
    }

    /// It is asked when it is put back after use, and again when it is taken for the next request. Only then it matters.
    fn is_open(&mut self) -> bool {
        mem::take(&mut self.was_used) || self.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        self.transport.is_tls()
    }
}

/// The time that is left is another for each read. Rounded up it is mostly the same, which a socket need not be told again.
fn rounded_up(mut timeout: NextTimeout) -> NextTimeout {
    if let Duration::Exact(left) = timeout.after {
        timeout.after = Duration::from_millis((left.as_millis() as u64 / STEP).saturating_add(1).saturating_mul(STEP));
    }
    timeout
}
