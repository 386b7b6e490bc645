//! The server: accepts connections until it is told to stop.

use crate::connection::{Server, serve};
use crate::{Config, Stats};
use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long a server that stops waits for requests in flight, beyond its own longest delay.
const GRACE: Duration = Duration::from_secs(10);

/// Serves on a listener, which [`listen`](crate::listen()) makes, until `shutdown` is ready. Then it
/// accepts no more, closes idle connections, lets the requests in flight finish and returns what it
/// has done.
///
/// It needs a tokio runtime with time and I/O; one with a single thread is enough. Dropping the
/// future ends the server and its connections at once.
///
/// # Errors
/// Settings that fail [`Config::check`], or a listener that is none.
/// Once it serves, nothing ends it but `shutdown`.
pub async fn run(listener: TcpListener, config: Config, shutdown: impl Future) -> io::Result<Stats> {
    config.check().map_err(|what| io::Error::new(ErrorKind::InvalidInput, what))?;
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let grace = config.delay.map_or(Duration::ZERO, |(_, max)| max) + GRACE;
    let server = Arc::new(Server::new(config));

    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    connections.spawn(serve(socket, server.clone(), stopped.clone()));
                }
                // The client is gone already, or we are out of descriptors. In the second case the
                // connection waits in the backlog, and it is no use to ask again at once.
                Err(e) if e.kind() == ErrorKind::ConnectionAborted => {}
                Err(_) => sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
            _ = &mut shutdown => break,
        }
    }
    drop(listener);
    // No listener only means that there are no connections.
    let _ = stop.send(true);
    // A client that has not taken its response after the grace is cut off when the set is dropped.
    let _ = timeout(grace, async { while connections.join_next().await.is_some() {} }).await;
    Ok(server.counts.stats())
}
