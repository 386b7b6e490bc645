//! Where a request comes from, and where it is meant to go: `Origin` and `Host`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Whether this is a host, with or without a port (RFC 9110, 7.2).
pub fn is_host(host: &[u8]) -> bool {
    let (name, port) = match host.iter().rposition(|&byte| byte == b':') {
        Some(colon) if !host.ends_with(b"]") => (&host[..colon], &host[colon + 1..]),
        _ => (host, &b""[..]),
    };
    let valid_name = match name {
        [b'[', address @ .., b']'] => str::from_utf8(address).is_ok_and(|a| a.parse::<Ipv6Addr>().is_ok()),
        [] => false,
        _ => name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(byte)),
    };
    valid_name && port.iter().all(u8::is_ascii_digit)
}

/// Whether a page of another site sent a request, by its `Origin`, `Sec-Fetch-Site` and `Host`.
/// Clients that are no browsers send neither of the first two.
pub fn is_cross_site(origin: Option<&str>, fetch_site: Option<&str>, host: Option<&str>) -> bool {
    // A name may have been made to lead here (DNS rebinding); then its `Origin` and `Host` agree.
    let same_origin = |origin: &str| origin.strip_prefix("http://") == host && host.is_some_and(cannot_be_rebound);
    fetch_site.is_some_and(|site| !matches!(site, "same-origin" | "none"))
        || origin.is_some_and(|origin| !same_origin(origin))
}

fn cannot_be_rebound(host: &str) -> bool {
    host.parse::<SocketAddr>().is_ok()
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
        || host.split(':').next() == Some("localhost")
}
