//! What a request asks for. Nothing is decoded here: a path is one of these, byte for byte, or it is
//! not found, so that no way of writing `..` leads anywhere.

use crate::attempts::MOST_COPIES;
use crate::origin::{is_cross_site, is_host};
use crate::{Code, METADATA};
use hyper::header::{HOST, HeaderName, ORIGIN};
use hyper::{Method, Request, StatusCode, Version};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/flags/br/br.gif`, or `/flags/br/metadata.json`, which goes as the copy [`METADATA`].
    Flag {
        code: Code,
        copy: u32,
    },
    /// `/manifest.json`: what this server will do.
    Manifest,
    /// `/stats`: what it has done.
    Stats,
    /// `POST /reset`: forget it.
    Reset,
    /// `/`, or `/flags`, the address that the program prints: all flags, for people.
    Page,
    /// `/page.css`, `/page.js`: what the page is made with.
    Style,
    Script,
    /// `/live.json`: what each flag meets now.
    Live,
    /// `/pictures/br.gif`: a flag as the page shows it, at once.
    Picture(Code),
    /// Something that another method would get: one of these.
    Only(&'static str),
    /// Something that is not to be had.
    Refused(StatusCode),
}

/// Reads a request's method and target.
pub fn route<B>(request: &Request<B>) -> Route {
    // RFC 9112, 3.2: a request of HTTP/1.1 has one Host, no request has two, and it is a host.
    let mut hosts = request.headers().get_all(HOST).iter();
    let well_addressed = match (hosts.next(), hosts.next()) {
        (Some(host), None) => is_host(host.as_bytes()),
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    };
    if !well_addressed {
        return Route::Refused(StatusCode::BAD_REQUEST);
    }
    let target = match request.uri().path().as_bytes() {
        b"/" | b"/flags" | b"/flags/" => Route::Page,
        [b'/', b'f', b'l', b'a', b'g', b's', b'/', flag @ ..] => flag_route(flag, request.uri().query()),
        b"/page.css" => Route::Style,
        b"/page.js" => Route::Script,
        b"/live.json" => Route::Live,
        b"/manifest.json" => Route::Manifest,
        b"/stats" => Route::Stats,
        b"/reset" => {
            return match *request.method() {
                Method::POST if from_another_site(request) => Route::Refused(StatusCode::FORBIDDEN),
                Method::POST => Route::Reset,
                _ => Route::Only("POST"),
            };
        }
        other => picture(other).map_or(Route::Refused(StatusCode::NOT_FOUND), Route::Picture),
    };
    match *request.method() {
        Method::GET | Method::HEAD => target,
        _ => Route::Only("GET, HEAD"),
    }
}

fn from_another_site<B>(request: &Request<B>) -> bool {
    // A value that is no text is not our own origin either.
    let header = |name: HeaderName| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    is_cross_site(header(ORIGIN), header(HeaderName::from_static("sec-fetch-site")), header(HOST))
}

fn picture(path: &[u8]) -> Option<Code> {
    match path.strip_prefix(b"/pictures/")? {
        [a, b, b'.', b'g', b'i', b'f'] => Code::from_lower(*a, *b),
        _ => None,
    }
}

/// Reads what follows `/flags/`.
pub fn flag_route(path: &[u8], query: Option<&str>) -> Route {
    let [a, b, b'/', file @ ..] = path else {
        return Route::Refused(StatusCode::NOT_FOUND);
    };
    match (Code::from_lower(*a, *b), file) {
        (Some(code), b"metadata.json") => Route::Flag { code, copy: METADATA },
        (Some(code), [c, d, b'.', b'g', b'i', b'f']) if (a, b) == (c, d) => match copy(query) {
            Some(copy) => Route::Flag { code, copy },
            None => Route::Refused(StatusCode::BAD_REQUEST),
        },
        _ => Route::Refused(StatusCode::NOT_FOUND),
    }
}

/// Reads `copy=N` out of a query: 1 where there is none, nothing where N is no such number.
fn copy(query: Option<&str>) -> Option<u32> {
    let Some(query) = query else { return Some(1) };
    match query.split('&').find_map(|pair| pair.strip_prefix("copy=")) {
        Some(copy) => copy.parse().ok().filter(|copy| (1..=MOST_COPIES).contains(copy)),
        None => Some(1),
    }
}
