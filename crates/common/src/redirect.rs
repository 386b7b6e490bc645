//! Where a redirect may lead. Each client would follow by rules of its own (one turns `file:///x` into a path on the same host, the
//! other calls it a success), so neither follows by itself, and this one policy decides for both.

use std::net::{IpAddr, Ipv4Addr};

use url::{Host, Url};

use crate::{Class, Failure, Settings};

/// The URL that a redirect from `from` leads to.
///
/// # Errors
/// A [`Class::Redirect`] failure, if there is no usable `Location`, or it leads to anything but http and https, or from https
/// back to http.
pub fn target(from: &Url, location: Option<&str>) -> Result<Url, Failure> {
    let refuse = |cause: String| Failure::new(Class::Redirect, cause);
    let location = location.ok_or_else(|| refuse("redirect without a Location".into()))?;
    let to = from.join(location).map_err(|error| refuse(format!("redirect to {location:?}: {error}")))?;
    match (from.scheme(), to.scheme()) {
        ("http", "http") | (_, "https") if to.host().is_some() => Ok(to),
        ("https", "http") => Err(refuse(format!("redirect from https to {to}, which is not protected"))),
        _ => Err(refuse(format!("redirect to {to}, which is not http or https"))),
    }
}

/// An address that a run was not to be led to.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("redirect from a public server to {0}, which is a private address")]
pub struct Private(pub IpAddr);

impl From<Private> for Failure {
    fn from(private: Private) -> Self {
        Self::new(Class::Redirect, private.to_string())
    }
}

/// Checks the address that a request would go to: a run whose server is public is never led to a loopback or a private address,
/// where a server would answer that was not meant to be asked from outside. A run that begins at a private address may go anywhere.
///
/// Where a redirect names an address, [`check_host`] asks this; where it names a name, the client does, when it has resolved it.
///
/// # Errors
/// The address is private and the run's server is not.
pub fn check_address(address: IpAddr, settings: &Settings) -> Result<(), Private> {
    let from_public =
        !settings.addresses.is_empty() && settings.addresses.iter().all(|address| is_public(address.ip()));
    if from_public && !is_public(address) { Err(Private(address)) } else { Ok(()) }
}

/// Checks the address that a URL names, if it names one.
///
/// # Errors
/// As [`check_address`].
pub fn check_host(url: &Url, settings: &Settings) -> Result<(), Private> {
    match url.host() {
        Some(Host::Ipv4(address)) => check_address(address.into(), settings),
        Some(Host::Ipv6(address)) => check_address(address.into(), settings),
        _ => Ok(()),
    }
}

/// Whether an address may be anywhere in the world (IANA's special-purpose address registries, as far as they lead near).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let shared = Ipv4Addr::new(100, 64, 0, 0).to_bits() >> 22;
            let this_network = address.octets()[0] == 0;
            !(address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_multicast()
                || address.is_broadcast()
                || this_network
                || address.to_bits() >> 22 == shared)
        }
        IpAddr::V6(address) => {
            // `::a.b.c.d`, as some systems still understand it.
            let compatible = address.segments()[..6] == [0; 6];
            !(compatible || address.is_unique_local() || address.is_unicast_link_local() || address.is_multicast())
        }
    }
}

/// Whether a status is a redirect that is followed.
pub fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(from: &str, location: Option<&str>) -> Result<String, String> {
        target(&from.parse().unwrap(), location).map(String::from).map_err(|failure| failure.cause)
    }

    #[test]
    fn relative_and_absolute_locations_are_followed() {
        let from = "http://a.example/flags/br/br.gif";
        assert_eq!(follow(from, Some("/x.gif")).unwrap(), "http://a.example/x.gif");
        assert_eq!(follow(from, Some("y.gif")).unwrap(), "http://a.example/flags/br/y.gif");
        assert_eq!(follow(from, Some("https://b.example/")).unwrap(), "https://b.example/");
    }

    #[test]
    fn a_public_server_leads_to_no_private_address_and_a_private_one_anywhere() {
        let from =
            |address: &str| Settings::new("http://h.example/flags".parse().unwrap(), vec![address.parse().unwrap()]);
        let (public, private) = (from("93.184.216.34:80"), from("127.0.0.1:80"));
        let hosts = ["127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254"];
        let more =
            ["100.64.0.1", "[::1]", "[::]", "[fe80::1]", "[fd00::1]", "[::ffff:10.0.0.1]", "[::7f00:1]", "2130706433"];
        for host in hosts.iter().chain(&more) {
            let url = format!("http://{host}:8000/x.gif").parse().unwrap();
            assert!(check_host(&url, &public).is_err(), "{host}");
            check_host(&url, &private).unwrap();
        }
        for host in ["93.184.216.35", "172.32.0.1", "100.128.0.1", "[2606:2800::1]", "a.example"] {
            check_host(&format!("http://{host}/").parse().unwrap(), &public).unwrap();
        }
    }

    #[test]
    fn other_schemes_and_missing_locations_are_refused() {
        let from = "http://a.example/";
        for location in [None, Some("file:///etc/passwd"), Some("gopher://x/"), Some("http://[broken"), Some("data:,x")]
        {
            follow(from, location).unwrap_err();
        }
        follow("https://a.example/", Some("http://a.example/")).unwrap_err();
    }
}
