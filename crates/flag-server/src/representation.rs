//! What a flag's path stands for: a body that never changes, which a client may have already, in part or whole
//! (RFC 9110, 13 and 14).

use crate::conditional::{Part, part};
use crate::response::Answer;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED};
use hyper::{Request, Response, StatusCode};
use sha2::{Digest, Sha256};
use std::time::SystemTime;

/// A body with all that its responses say about it.
pub struct Representation {
    answer: Answer,
    /// The body's SHA-256, in hexadecimal.
    pub sha256: String,
    validators: Validators,
}

/// What one version of a body is told from another by.
pub struct Validators {
    /// The entity tag, with its quotes. It is a strong one: it follows from the bytes.
    pub etag: String,
    /// In whole seconds, as `Last-Modified` has it.
    pub modified: SystemTime,
}

impl Representation {
    pub fn new(content_type: &'static str, body: impl Into<Bytes>, modified: SystemTime) -> Representation {
        const TAG_DIGITS: usize = 16;
        let mut answer = Answer::ok(content_type, body);
        let sha256: String = Sha256::digest(&answer.body).iter().map(|byte| format!("{byte:02x}")).collect();
        let etag = format!("\"{}\"", &sha256[..TAG_DIGITS]);
        // RFC 9110, 8.8.2.1: not later than the response.
        let date = httpdate::fmt_http_date(modified.min(SystemTime::now()));
        answer = answer.with(ETAG, &etag).with(LAST_MODIFIED, &date).with(ACCEPT_RANGES, "bytes");
        let modified = httpdate::parse_http_date(&date).unwrap_or(modified);
        Representation { answer, sha256, validators: Validators { etag, modified } }
    }

    /// Bytes of the whole.
    pub fn size(&self) -> usize {
        self.answer.body.len()
    }

    /// The response to a GET or a HEAD: as much as it asks for.
    pub fn response<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let size = self.size();
        match part(request, &self.validators, size) {
            Part::Whole => self.answer.response(),
            Part::Bytes(range) => {
                let content_range = format!("bytes {}-{}/{size}", range.start, range.end - 1);
                let mut answer = self.answer.clone().with(CONTENT_RANGE, &content_range);
                (answer.status, answer.body) = (StatusCode::PARTIAL_CONTENT, answer.body.slice(range));
                answer.response()
            }
            Part::NotModified => {
                let mut answer = self.answer.clone();
                (answer.status, answer.body) = (StatusCode::NOT_MODIFIED, Bytes::new());
                let mut response = answer.response();
                response.headers_mut().remove(CONTENT_TYPE);
                response
            }
            Part::PreconditionFailed => Answer::bare(StatusCode::PRECONDITION_FAILED).response(),
            Part::NotSatisfiable => {
                let answer = Answer::bare(StatusCode::RANGE_NOT_SATISFIABLE);
                answer.with(CONTENT_RANGE, &format!("bytes */{size}")).response()
            }
        }
    }
}
