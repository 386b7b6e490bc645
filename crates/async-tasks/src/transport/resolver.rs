//! The addresses of hosts.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use common::{Settings, redirect};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;

/// A resolver that knows the addresses of the base URL's host, and asks the system for others only (after a redirect).
pub struct Known(pub Arc<Settings>);

impl Resolve for Known {
    fn resolve(&self, name: Name) -> Resolving {
        let settings = self.0.clone();
        Box::pin(async move {
            if settings.base_url.host_str() == Some(name.as_str()) {
                // Without the port: it is for the URL to say, which may be another of the same host.
                return Ok(spread(settings.addresses.iter().map(|known| SocketAddr::new(known.ip(), 0)).collect()));
            }
            // Within the time limit of the connection that it is for.
            let addresses: Vec<_> = lookup_host((name.as_str(), 0)).await?.collect();
            for address in &addresses {
                redirect::check_address(address.ip(), &settings)?;
            }
            Ok(spread(addresses))
        })
    }
}

/// The addresses in such a way that a dead one costs no more than a moment. The client gives each address of a family its share of the
/// time limit, and tries those of the other family 300 ms after the first (RFC 8305). So where all are IPv4, those after the first come
/// once more as IPv6 knows them.
fn spread(mut addresses: Vec<SocketAddr>) -> Addrs {
    if addresses.iter().all(SocketAddr::is_ipv4) {
        let mapped = |address: &SocketAddr| match address.ip() {
            IpAddr::V4(ip) => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
            IpAddr::V6(_) => *address,
        };
        let others: Vec<_> = addresses.iter().skip(1).map(mapped).collect();
        addresses.extend(others);
    }
    Box::new(addresses.into_iter())
}
