//! The addresses of hosts.

use std::{
    collections::HashMap,
    net::{SocketAddr, ToSocketAddrs},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
};

use common::{Settings, redirect};
use ureq::{
    Error, Timeout,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

/// A resolver that knows the addresses of the base URL's host, and asks the system for others only (after a redirect), once for each.
#[derive(Clone, Debug)]
pub struct Known {
    settings: Arc<Settings>,
    asked: Arc<Mutex<HashMap<String, Vec<SocketAddr>>>>,
}

impl Resolver for Known {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let port = uri.port_u16().or(if uri.scheme_str() == Some("https") { Some(443) } else { Some(80) });
        let base = &self.settings.base_url;
        if uri.host() != base.host_str() || port != base.port_or_known_default() {
            return self.ask(uri, port.unwrap_or(80), timeout);
        }
        Ok(self.first(&self.settings.addresses))
    }
}

impl Known {
    /// Knows what these settings say.
    pub fn new(settings: &Settings) -> Self {
        Self { settings: Arc::new(settings.clone()), asked: Arc::default() }
    }

    /// As many as the client takes.
    fn first(&self, known: &[SocketAddr]) -> ResolvedSocketAddrs {
        let mut addresses = self.empty();
        for address in known {
            _ = addresses.try_push(*address);
        }
        addresses
    }

    /// Asks the system, in a thread that is left to itself if it takes too long: the system's own limit is far beyond that of a
    /// connection. A function of its own since it needs much of the stack, which 1,000 threads would have each.
    #[inline(never)]
    fn ask(&self, uri: &Uri, port: u16, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let key = format!("{host}:{port}");
        if let Some(known) = lock(&self.asked).get(&key) {
            return Ok(self.first(known));
        }
        let (sender, answer) = mpsc::channel();
        let lookup = move || _ = sender.send((host.as_str(), port).to_socket_addrs().map(Vec::from_iter));
        thread::Builder::new().name("resolver".into()).spawn(lookup)?;
        let limit = timeout.not_zero().map_or(self.settings.timeouts.connect, |limit| *limit);
        let late = |_| Error::Timeout(Timeout::Connect);
        let found = answer.recv_timeout(limit.min(self.settings.timeouts.connect)).map_err(late)??;
        for address in &found {
            redirect::check_address(address.ip(), &self.settings).map_err(|private| Error::Other(private.into()))?;
        }
        let addresses = self.first(&found);
        lock(&self.asked).insert(key, found);
        Ok(addresses)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
