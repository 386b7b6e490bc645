//! A connection's bytes, watched: when did the client last do something, and is the response that
//! passes here one of ours?

use crate::response::SERVER;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::Limits;

/// What a client is doing, and since when.
///
/// hyper's own timer for heads also runs while a connection idles between two requests, where we
/// want to wait for longer, and it costs an allocation a request.
pub struct Activity {
    opened: Instant,
    /// Milliseconds since `opened`, times 4, plus the phase: one number, so that it is one store.
    state: AtomicU64,
}

/// What a client is doing.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Phase {
    /// It has not begun a request, or is still taking our last response.
    Idle = 0,
    /// It has sent a part of a request's head.
    Asking = 1,
    /// It waits for us.
    Waiting = 2,
}

impl Activity {
    pub fn new() -> Activity {
        Activity {
            opened: Instant::now(),
            state: AtomicU64::new(Phase::Idle as u64),
        }
    }

    /// Notes that a phase begins now, or that its clock starts again.
    pub fn begin(&self, phase: Phase) {
        let now = self.opened.elapsed().as_millis() as u64;
        self.state.store(now * 4 + phase as u64, Relaxed);
    }

    fn is(&self, phase: Phase) -> bool {
        self.state.load(Relaxed) % 4 == phase as u64
    }

    /// Returns when the client has taken longer than it may.
    pub async fn overdue(&self, limits: Limits) {
        loop {
            let now = Instant::now();
            let since = self.opened + Duration::from_millis(self.state.load(Relaxed) / 4);
            let deadline = if self.is(Phase::Waiting) {
                now + limits.idle
            } else if self.is(Phase::Asking) {
                since + limits.head
            } else {
                since + limits.idle
            };
            if deadline <= now {
                return;
            }
            // The phase can change while we sleep, so we look again well before the head's time.
            tokio::time::sleep_until(deadline.min(now + limits.head / 4)).await;
        }
    }
}

/// A client's socket.
pub struct Stream {
    socket: TcpStream,
    activity: Arc<Activity>,
    /// What is left to write of a response that we have put our name to.
    signed: Vec<u8>,
}

impl Stream {
    pub fn new(socket: TcpStream, activity: Arc<Activity>) -> Stream {
        Stream {
            socket,
            activity,
            signed: Vec::new(),
        }
    }

    /// Writes what is left of a signed response.
    fn poll_signed(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.signed.is_empty() {
            let written = ready!(Pin::new(&mut self.socket).poll_write(cx, &self.signed))?;
            self.signed.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buffer))?;
        if buffer.filled().len() > before && self.activity.is(Phase::Idle) {
            self.activity.begin(Phase::Asking);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [head] = slices
            && let Some(signed) = sign(head)
        {
            self.signed.extend(signed);
            return Poll::Ready(Ok(head.len()));
        }
        ready!(self.poll_signed(cx))?;
        let written = ready!(Pin::new(&mut self.socket).poll_write_vectored(cx, slices))?;
        // A response that makes headway, however slowly, is no idle connection.
        if self.activity.is(Phase::Idle) {
            self.activity.begin(Phase::Idle);
        }
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_signed(cx))?;
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_signed(cx))?;
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

/// Puts our name to a response that hyper wrote without asking us, which it does where a request is
/// no HTTP: a head, of a 4xx, and nothing else.
fn sign(head: &[u8]) -> Option<Vec<u8>> {
    const LONGEST: usize = 256;
    let unsigned = head.len() < LONGEST
        && head.starts_with(b"HTTP/1.1 4")
        && head.ends_with(b"\r\n\r\n")
        && !head
            .windows(SERVER.len())
            .any(|window| window == SERVER.as_bytes());
    let fields = head.strip_suffix(b"\r\n").filter(|_| unsigned)?;
    Some([fields, b"server: ", SERVER.as_bytes(), b"\r\n\r\n"].concat())
}
