//! When a request connected. The client does not say; but it connects within the task that sends, so a layer around its connector
//! can leave a note there.

use std::{
    cell::Cell,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::time::Instant;
use tower_service::Service;

/// What became of the connection of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// No new one was needed.
    Reused,
    /// A new one was begun and does not stand yet.
    Begun,
    /// A new one stood at this moment.
    Made(Instant),
}

tokio::task_local! {
    static NOTED: Cell<Connection>;
}

/// Runs a request, inside which [`Connection::of_this_request`] knows what was noted.
pub fn noted<T>(request: impl Future<Output = T>) -> impl Future<Output = T> {
    NOTED.scope(Cell::new(Connection::Reused), request)
}

impl Connection {
    /// What was noted of the request that the calling task sends.
    pub fn of_this_request() -> Self {
        NOTED.try_with(Cell::get).unwrap_or(Self::Reused)
    }
}

/// A connector that notes when it connects.
#[derive(Clone, Debug)]
pub struct Noting<S>(pub S);

impl<S, R> Service<R> for Noting<S>
where
    S: Service<R, Future: Send + 'static>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, to: R) -> Self::Future {
        let connecting = self.0.call(to);
        Box::pin(async move {
            note(Connection::Begun);
            let connection = connecting.await?;
            note(Connection::Made(Instant::now()));
            Ok(connection)
        })
    }
}

/// Another request's connection may be used instead, and this one be finished by nobody's task: then there is nobody to tell.
fn note(connection: Connection) {
    _ = NOTED.try_with(|noted| noted.set(connection));
}
