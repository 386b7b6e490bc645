//! Which servers may be measured: those of this machine.

use std::net::{SocketAddr, ToSocketAddrs};

use anyhow::{Context, Result, anyhow, bail};

/// The address behind `url`, if it is one of this machine's loopback and no other.
///
/// # Errors
/// A URL that is not `http://` or `https://`, or whose host is any other machine.
pub fn loopback(url: &str) -> Result<SocketAddr> {
    let (scheme, rest) = url.split_once("://").ok_or_else(|| anyhow!("{url:?} is no URL"))?;
    let default_port = match scheme.to_ascii_lowercase().as_str() {
        "http" => 80,
        "https" => 443,
        _ => bail!("{url:?} is neither http nor https"),
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Programs do not agree on where the host begins and ends if there is more than a host and a port.
    if !host.chars().all(|c| c.is_ascii_alphanumeric() || ".:[]".contains(c)) {
        bail!(
            "{url:?} is not on this machine's loopback by a plain name or address: bench measures only servers of this machine"
        );
    }
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']') && !port.is_empty());
    let host_and_port =
        if has_port { host.to_string() } else { format!("{}:{default_port}", host.trim_end_matches(':')) };
    // Only names that cannot mean another machine are resolved: a look-up is traffic too.
    let name = host_and_port.rsplit_once(':').map_or("", |(name, _)| name);
    let literal = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    if literal.is_err() && !name.eq_ignore_ascii_case("localhost") {
        bail!("{url} is not on this machine's loopback: bench measures only servers of this machine");
    }
    let address = host_and_port.to_socket_addrs().with_context(|| format!("failed to resolve {url}"))?.next();
    match address {
        Some(address) if address.ip().is_loopback() => Ok(address),
        _ => bail!("{url} is not on this machine's loopback: bench measures only servers of this machine"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_loopback_is_measured() {
        for good in ["http://127.0.0.1:8000/flags", "http://[::1]:80/x", "HTTP://127.9.9.9", "http://localhost:1/"] {
            assert!(loopback(good).is_ok(), "{good}");
        }
        for bad in [
            "http://192.168.0.1/",
            "https://www.fluentpython.com/data/flags",
            "http://0.0.0.0:80/",
            "http://127.0.0.1@example.com/",
            "http://example.com\\@127.0.0.1/",
            "http://user@127.0.0.1/",
            "http://127.0.0.1\t.example.com/",
            "http://localhost.example.com/",
            "http://[::ffff:8.8.8.8]/",
            "ftp://127.0.0.1/",
            "flags",
        ] {
            assert!(loopback(bad).is_err(), "{bad}");
        }
    }
}
