//! Answers, made once and given many times.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, SERVER as SERVER_NAME};
use hyper::{Response, StatusCode};

/// The `Server` header of every response, by which a client knows that it is ours that listens.
pub const SERVER: &str = concat!("side-by-side-flag-server/", env!("CARGO_PKG_VERSION"));

/// A response that can be given again and again: its copies share the body.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
    headers: HeaderMap,
}

impl Answer {
    /// A 200 with a body.
    pub fn ok(content_type: &'static str, body: impl Into<Bytes>) -> Answer {
        Answer { status: StatusCode::OK, body: body.into(), headers: headers(content_type) }
    }

    /// An answer that only says a word to people who read it.
    pub fn text(status: StatusCode, text: impl AsRef<str>) -> Answer {
        let line = text.as_ref().to_owned() + "\n";
        Answer { status, ..Answer::ok("text/plain; charset=utf-8", line) }
    }

    /// What a status has to say for itself: `404 Not Found`.
    pub fn bare(status: StatusCode) -> Answer {
        Answer::text(status, status.to_string())
    }

    /// The 405 that names what is allowed (RFC 9110, 15.5.6).
    pub fn only(methods: &'static str) -> Answer {
        Answer::bare(StatusCode::METHOD_NOT_ALLOWED).with(ALLOW, methods)
    }

    /// The same with one more header, whose value we made.
    pub fn with(mut self, name: HeaderName, value: &str) -> Answer {
        self.headers.insert(name, HeaderValue::from_str(value).expect("a header value of ours"));
        self
    }

    /// A copy to send. hyper adds the date and the length, and leaves the body out of a HEAD's.
    pub fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body.clone()));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }
}

fn headers(content_type: &'static str) -> HeaderMap {
    let header = |name: HeaderName, value| (name, HeaderValue::from_static(value));
    HeaderMap::from_iter([header(SERVER_NAME, SERVER), header(CONTENT_TYPE, content_type)])
}
