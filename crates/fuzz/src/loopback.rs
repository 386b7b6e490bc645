//! The check that a URL is of this machine, without which a contender would load somebody else's server.

use std::net::IpAddr;

use bench::plan::loopback::loopback;
use url::{Host, Url};

/// What passes is of the loopback for a browser's reading of URLs, too.
pub fn target(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Ok(address) = loopback(text) else { return };
    assert!(address.ip().is_loopback());
    let Ok(url) = Url::parse(text) else { return };
    let near = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).to_canonical().is_loopback(),
        None => false,
    };
    assert!(near, "{text:?} leads to {url}");
}
