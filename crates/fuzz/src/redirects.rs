//! Where a server may lead us: a byte of circumstances, then a `Location`.

use std::net::IpAddr;

use common::Settings;
use common::redirect::{check_host, target as follow};
use url::{Host, Url};

use crate::input::Input;

const FROM: [&str; 4] = [
    "http://h.example/flags/br/br.gif",
    "https://h.example/flags?x",
    "http://192.0.2.1",
    "https://[2001:db8::1]:8443/a/",
];

/// What is followed is http or https, has a host, loses no protection, and leads from a public server to no private address.
pub fn target(bytes: &[u8]) {
    let mut input = Input(bytes);
    let from: Url = input.choose(&FROM).parse().expect("a URL of ours");
    let Ok(location) = str::from_utf8(input.0) else { return };
    let Ok(to) = follow(&from, Some(location)) else { return };
    assert!(matches!((from.scheme(), to.scheme()), ("http", "http") | (_, "https")), "{to}");
    assert_eq!(Url::parse(to.as_str()).as_ref(), Ok(&to), "it is read as it is written");

    let public = Settings::new(from.clone(), vec!["93.184.216.34:80".parse().expect("an address")]);
    let private = Settings::new(from, vec!["127.0.0.1:80".parse().expect("an address")]);
    check_host(&to, &private).expect("one that begins at a private address may go anywhere");
    let address: IpAddr = match to.host().expect("only what has a host is followed") {
        Host::Domain(name) => return assert!(name.parse::<IpAddr>().is_err(), "{name} is an address"),
        Host::Ipv4(address) => address.into(),
        Host::Ipv6(address) => address.into(),
    };
    if check_host(&to, &public).is_ok() {
        assert!(!is_near(address), "{to}");
    }
}

fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_loopback() || address.is_private() || address.is_link_local() || address.is_unspecified()
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
    }
}
