//! What a race tells, as the body of an answer: server-sent events.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::told::Told;

/// The end at which a race tells.
pub struct Teller {
    events: UnboundedSender<Bytes>,
    gone: Arc<AtomicBool>,
}

/// The body; dropped with its connection, and so it tells that nobody hears any more.
pub struct Events {
    events: UnboundedReceiver<Bytes>,
    gone: Arc<AtomicBool>,
}

/// Both ends.
pub fn channel() -> (Teller, Events) {
    let (sender, receiver) = unbounded_channel();
    let gone = Arc::new(AtomicBool::new(false));
    (Teller { events: sender, gone: Arc::clone(&gone) }, Events { events: receiver, gone })
}

impl Teller {
    /// Tells one event.
    pub fn tell(&self, told: &Told) {
        let data = serde_json::to_string(told).expect("text and numbers are JSON");
        // That nobody hears is known by the flag.
        let _ = self.events.send(format!("data: {data}\n\n").into());
    }

    /// Raised when nobody hears any more.
    pub fn gone(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.gone)
    }
}

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.get_mut().events.poll_recv(context).map(|event| event.map(|event| Ok(Frame::data(event))))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}
