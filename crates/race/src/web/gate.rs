//! Who is let in: a page of this address that knows the token, and no page of another site.

use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;

use anyhow::{Context, Result};
use hyper::header::{HOST, HeaderName, ORIGIN};
use hyper::{Method, Request, StatusCode};

/// Random bytes of the token.
const TOKEN: usize = 16;

/// The address, and the token in it.
pub struct Gate {
    address: SocketAddr,
    token: String,
}

impl Gate {
    /// A gate with a new token.
    ///
    /// # Errors
    /// A system without random numbers.
    pub fn new(address: SocketAddr) -> Result<Self> {
        let mut bytes = [0; TOKEN];
        let random = File::open("/dev/urandom").and_then(|mut random| random.read_exact(&mut bytes));
        random.context("failed to read random numbers for the address")?;
        Ok(Self { address, token: bytes.iter().map(|byte| format!("{byte:02x}")).collect() })
    }

    /// Where the page is.
    pub fn url(&self) -> String {
        format!("http://{}/{}/", self.address, self.token)
    }

    /// What is asked for, below the token: `race`.
    ///
    /// # Errors
    /// The status for who is not let in.
    pub fn path<'a, B>(&self, request: &'a Request<B>) -> Result<&'a str, StatusCode> {
        let header = |name: HeaderName| {
            let mut values = request.headers().get_all(name).iter().map(|value| value.to_str().unwrap_or("?"));
            let first = values.next();
            if values.next().is_some() { Some("?") } else { first }
        };
        // A name that was made to lead here is another host.
        if header(HOST) != Some(&self.address.to_string()) {
            return Err(StatusCode::MISDIRECTED_REQUEST);
        }
        let origin = header(ORIGIN);
        let is_ours = origin.is_some_and(|origin| origin == format!("http://{}", self.address));
        let site = header(HeaderName::from_static("sec-fetch-site"));
        let from_elsewhere = site.is_some_and(|site| !matches!(site, "same-origin" | "none"));
        // What changes something has to say where it comes from.
        let must_say = request.method() != Method::GET;
        if from_elsewhere || !is_ours && (must_say || origin.is_some()) {
            return Err(StatusCode::FORBIDDEN);
        }
        let path = request.uri().path().strip_prefix('/').and_then(|path| path.split_once('/'));
        match path {
            Some((token, path)) if same(token.as_bytes(), self.token.as_bytes()) => Ok(path),
            _ => Err(StatusCode::NOT_FOUND),
        }
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}
