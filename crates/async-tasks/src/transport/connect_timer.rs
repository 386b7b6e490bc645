//! When a request connected. The client does not say; but it connects within the task that sends, so a layer around its connector
//! can leave a note there.

use std::{
    cell::Cell,
    error::Error,
    fmt,
    future::{Future, poll_fn},
    mem::MaybeUninit,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use common::{Class, Failure};
use hyper::rt::{Read, ReadBuf};
use tokio::task::yield_now;
use tokio::time::Instant;
use tower_service::Service;

/// What became of the connection of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// No new one was needed.
    Reused,
    /// A new one was begun and does not stand yet.
    Begun,
    /// A new one stood at this time.
    Made(Instant),
}

tokio::task_local! {
    static CONNECTION: Cell<Connection>;
}

/// Runs a request, inside which [`Connection::of_this_request`] knows what was noted.
pub fn timed<T>(request: impl Future<Output = T>) -> impl Future<Output = T> {
    CONNECTION.scope(Cell::new(Connection::Reused), request)
}

impl Connection {
    /// What was noted of the request that the calling task sends.
    pub fn of_this_request() -> Self {
        CONNECTION.try_with(Cell::get).unwrap_or(Self::Reused)
    }
}

/// A connector that notes when it connects. The client clones it six times for each request; what is inside is cloned only to connect.
#[derive(Debug)]
pub struct ConnectTimer<S>(Arc<S>);

impl<S> ConnectTimer<S> {
    /// Around this connector.
    pub fn new(connector: S) -> Self {
        Self(Arc::new(connector))
    }
}

impl<S> Clone for ConnectTimer<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S, R> Service<R> for ConnectTimer<S>
where
    S: Service<R, Future: Send, Response: Read + Send + Unpin, Error = BoxError> + Clone + Send + 'static,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: R) -> Self::Future {
        let mut connector = S::clone(&self.0);
        Box::pin(async move {
            note(Connection::Begun);
            poll_fn(|context| connector.poll_ready(context)).await?;
            let mut connection = connector.call(to).await?;
            note(Connection::Made(Instant::now()));
            // One turn of the loop, in which what has come already is seen.
            yield_now().await;
            match look(&mut connection).await {
                Some(early) => Err(early.into()),
                None => Ok(connection),
            }
        })
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

/// The beginning of an answer that was there before its request was sent.
#[derive(Debug)]
pub struct Early(Vec<u8>);

impl Early {
    /// What it is to the request: an error is about the connection, and so about any request on it; anything else is no answer.
    pub fn failure(&self) -> Failure {
        let status = self.0.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        match status {
            Some(status @ 400..=999) if self.0.starts_with(b"HTTP/1.") => Failure::http(status, None),
            _ => Failure::new(Class::Protocol, self.to_string()),
        }
    }
}

impl fmt::Display for Early {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer was there before its request")
    }
}

impl Error for Early {}

/// Looks whether something has come on a connection.
async fn look(connection: &mut (impl Read + Unpin)) -> Option<Early> {
    let mut space = [MaybeUninit::uninit(); 16];
    let mut buffer = ReadBuf::uninit(&mut space);
    let read = poll_fn(|context| Poll::Ready(Pin::new(&mut *connection).poll_read(context, buffer.unfilled()))).await;
    let has_come = matches!(read, Poll::Ready(Ok(()))) && !buffer.filled().is_empty();
    has_come.then(|| Early(buffer.filled().to_vec()))
}

/// Outside of a request there is nothing to note: one that another request's connection served leaves its own to be finished later.
fn note(connection: Connection) {
    _ = CONNECTION.try_with(|noted| noted.set(connection));
}
