//! When a request connected. The client does not say; but it connects in the thread that sends, so a layer around its connector can leave a
//! note there.

use std::{cell::Cell, sync::Arc};

use common::Clock;
use ureq::unversioned::transport::{ConnectionDetails, Connector};

/// What became of the connection of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// No new one was needed.
    Reused,
    /// A new one was begun and does not stand yet.
    Begun,
    /// A new one stood at this time, in microseconds of the run's clock.
    Made(u64),
}

thread_local! {
    /// The connection of the request that this thread sends. The client does not say whether it used a connection again; but it
    /// connects in the thread that sends, so its connector can leave a note.
    static CONNECTION: Cell<Connection> = const { Cell::new(Connection::Reused) };
}

/// A connector that notes when it connects.
#[derive(Debug)]
pub struct ConnectTimer<C> {
    chain: Arc<C>,
    clock: Clock,
}

impl Connection {
    /// What is known of the request that this thread sends.
    pub fn of_this_thread() -> Self {
        CONNECTION.get()
    }

    /// Begins a request: until the connector says otherwise, its connection is one that stood already.
    pub fn expect_reused() {
        CONNECTION.set(Self::Reused);
    }
}

impl<C> ConnectTimer<C> {
    /// Around this connector.
    pub fn new(connector: C, clock: Clock) -> Self {
        Self { chain: Arc::new(connector), clock }
    }
}

impl<C> Clone for ConnectTimer<C> {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), clock: self.clock }
    }
}

impl<C: Connector> Connector for ConnectTimer<C> {
    type Out = C::Out;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<()>) -> Result<Option<Self::Out>, ureq::Error> {
        CONNECTION.set(Connection::Begun);
        let transport = self.chain.connect(details, chained)?;
        CONNECTION.set(Connection::Made(self.clock.micros()));
        Ok(transport)
    }
}
