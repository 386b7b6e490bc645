//! Where a redirect may lead. Each client would follow by rules of its own (one turns `file:///x` into a path on the same host, the
//! other calls it a success), so neither follows by itself, and this one policy decides for both.

use std::net::{IpAddr, Ipv4Addr};

use url::{Host, Url};

use crate::{
    http::{
        Settings,
        password::{text_without_password, without_password},
    },
    run::{Class, Failure},
};

/// The longest URL that is asked for, in bytes: what everybody should understand (RFC 9110, section 4.1). One of the clients needs it in its
/// buffer.
pub const LONGEST_URL: usize = 8000;

/// The URL that a redirect from `from` leads to.
///
/// # Errors
/// A [`Class::Redirect`] failure, if there is no usable `Location`, or it leads to anything but http and https, or from https
/// back to http.
pub fn target(from: &Url, location: Option<&str>) -> Result<Url, Failure> {
    let refuse = |cause: String| Failure::new(Class::Redirect, cause);
    let location = location.ok_or_else(|| refuse("redirect without a Location".into()))?;
    let to = from
        .join(location)
        .map_err(|error| refuse(format!("redirect to {:?}: {error}", text_without_password(location))))?;
    if to.as_str().len() > LONGEST_URL {
        return Err(refuse(format!(
            "redirect to a URL of {} bytes, of which at most {LONGEST_URL} are followed",
            to.as_str().len()
        )));
    }
    let shown = without_password(&to);
    match (from.scheme(), to.scheme()) {
        ("http", "http") | (_, "https") if to.host().is_some() => Ok(to),
        ("https", "http") => Err(refuse(format!("redirect from https to {shown}, which is not protected"))),
        _ => Err(refuse(format!("redirect to {shown}, which is not http or https"))),
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

/// The blocks of IPv4 that are not globally reachable, as (first address, length of the prefix): IANA's special-purpose address
/// registry, multicast, and what is reserved.
const NEAR_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// The blocks within the global unicast addresses of IPv6, 2000::/3, that are not globally reachable: protocol assignments with
/// Teredo, ORCHID and benchmarking; documentation; 6to4, which is an IPv4 address in another form.
const NEAR_V6: [([u16; 2], u32); 4] = [([0x2001, 0], 23), ([0x2001, 0xdb8], 32), ([0x2002, 0], 16), ([0x3fff, 0], 20)];

/// Whether IANA's registries call an address globally reachable.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !NEAR_V4
            .iter()
            .any(|&(first, prefix)| (address.to_bits() ^ Ipv4Addr::from(first).to_bits()) >> (u32::BITS - prefix) == 0),
        IpAddr::V6(address) => {
            let segments = address.segments();
            if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = segments {
                // NAT64: a request to it reaches the IPv4 address in it (RFC 6052).
                return is_public(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)).into());
            }
            let start = u32::from(segments[0]) << 16 | u32::from(segments[1]);
            start >> 29 == 1
                && !NEAR_V6.iter().any(|&([high, low], prefix)| {
                    (start ^ (u32::from(high) << 16 | u32::from(low))) >> (u32::BITS - prefix) == 0
                })
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
        let rare = [
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "[fec0::1]",
            "[ff02::1]",
            "[::ffff:0:10.0.0.1]",
            "[64:ff9b::10.0.0.1]",
            "[64:ff9b:1::1]",
            "[100::1]",
            "[2001::1]",
            "[2001:2::1]",
            "[2001:db8::1]",
            "[2002:a00:1::]",
            "[3fff::1]",
            "[5f00::1]",
            "[4000::1]",
        ];
        for host in hosts.iter().chain(&more).chain(&rare) {
            let url = format!("http://{host}:8000/x.gif").parse().unwrap();
            assert!(check_host(&url, &public).is_err(), "{host}");
            check_host(&url, &private).unwrap();
        }
        for host in [
            "93.184.216.35",
            "172.32.0.1",
            "100.128.0.1",
            "198.20.0.1",
            "[2606:2800::1]",
            "[64:ff9b::93.184.216.34]",
            "a.example",
        ] {
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
