//! A connection's bytes, watched as they pass: the client's activity is noted, and our name put to
//! responses that have none.

use crate::activity::{Activity, Phase};
use crate::response::SERVER;
use hyper::StatusCode;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A client's socket.
pub struct Stream {
    socket: TcpStream,
    activity: Arc<Activity>,
    /// What is left to write of a response that we have put our name to.
    signed: Vec<u8>,
    /// Whether the client has not taken all yet that was to be written.
    behind: bool,
    /// Whether hyper has refused what it read, in its own words.
    refused: bool,
}

impl Stream {
    pub fn new(socket: TcpStream, activity: Arc<Activity>) -> Stream {
        Stream { socket, activity, signed: Vec::new(), behind: false, refused: false }
    }

    /// Tells a client why it is not served, where hyper would close without a word, as far as that goes without
    /// waiting for it.
    pub fn refuse(self, status: StatusCode) {
        let head = format!("HTTP/1.1 {status}\r\nserver: {SERVER}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        // An answer that was not taken yet must not be broken off by this one.
        if self.signed.is_empty() && !self.behind && !self.refused {
            let _ = self.socket.try_write(head.as_bytes());
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
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buffer))?;
        if buffer.filled().len() > before && self.activity.is(Phase::Idle) {
            self.activity.begin(Phase::Asking);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
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
            self.refused = true;
            self.signed.extend(signed);
            return Poll::Ready(Ok(head.len()));
        }
        ready!(self.poll_signed(cx))?;
        self.behind = true;
        let written = ready!(Pin::new(&mut self.socket).poll_write_vectored(cx, slices))?;
        self.behind = written < slices.iter().map(|slice| slice.len()).sum();
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
        && !head.windows(SERVER.len()).any(|window| window == SERVER.as_bytes());
    let fields = head.strip_suffix(b"\r\n").filter(|_| unsigned)?;
    Some([fields, b"server: ", SERVER.as_bytes(), b"\r\n\r\n"].concat())
}
