//! A server's answer, in the parts that matter here.

use http::{HeaderMap, HeaderName, header};

use crate::{Class, Failure};

/// An answer. Both clients begin one from the head that they received, and fill in the body.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The `Location` header.
    pub location: Option<String>,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// The body. Empty where the status makes it unimportant and it could not be read.
    pub body: Vec<u8>,
}

impl Answer {
    /// The answer with this head, of whose body at most `max_bytes` will be accepted.
    ///
    /// # Errors
    /// A success in a form that was not agreed to: both clients would hand on what they do not understand. An announced body
    /// over the limit.
    pub fn begin(status: u16, headers: &HeaderMap, max_bytes: u64) -> Result<Self, Failure> {
        let text =
            |name: HeaderName| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        if (200..300).contains(&status) {
            if let Some(coding) = text(header::CONTENT_ENCODING).filter(|coding| coding != "identity") {
                return Err(Failure::new(Class::Protocol, format!("encoded as {coding:?}, which was not asked for")));
            }
            if let Some(coding) =
                text(header::TRANSFER_ENCODING).filter(|coding| !coding.eq_ignore_ascii_case("chunked"))
            {
                return Err(Failure::new(
                    Class::Protocol,
                    format!("transferred as {coding:?}, which was not asked for"),
                ));
            }
            let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
            if length.is_some_and(|length: u64| length > max_bytes) {
                return Err(Self::too_large(max_bytes));
            }
        }
        Ok(Self { status, location: text(header::LOCATION), retry_after: text(header::RETRY_AFTER), body: Vec::new() })
    }

    /// The failure of a body over the limit.
    pub fn too_large(max_bytes: u64) -> Failure {
        Failure::new(Class::TooLarge, format!("the body is larger than {max_bytes} bytes; --max-bytes sets the limit"))
    }

    /// Whether the body is of any use; if it is not, and cannot be read, that is no failure.
    pub fn needs_body(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(status: u16, name: HeaderName, value: &str) -> Result<Answer, Class> {
        let headers = HeaderMap::from_iter([(name, value.parse().unwrap())]);
        Answer::begin(status, &headers, 100).map_err(|failure| failure.class)
    }

    #[test]
    fn encodings_that_were_not_asked_for_are_refused() {
        assert_eq!(begin(200, header::CONTENT_ENCODING, "gzip").unwrap_err(), Class::Protocol);
        assert_eq!(begin(200, header::TRANSFER_ENCODING, "gzip, chunked").unwrap_err(), Class::Protocol);
        begin(200, header::CONTENT_ENCODING, "identity").unwrap();
        begin(200, header::TRANSFER_ENCODING, "Chunked").unwrap();
        begin(404, header::CONTENT_ENCODING, "gzip").unwrap();
    }

    #[test]
    fn a_body_announced_over_the_limit_is_refused_at_once() {
        assert_eq!(begin(200, header::CONTENT_LENGTH, "101").unwrap_err(), Class::TooLarge);
        begin(200, header::CONTENT_LENGTH, "100").unwrap();
    }

    #[test]
    fn what_a_redirect_or_a_retry_needs_is_kept() {
        assert_eq!(begin(302, header::LOCATION, "/x").unwrap().location.as_deref(), Some("/x"));
        assert_eq!(begin(503, header::RETRY_AFTER, "7").unwrap().retry_after.as_deref(), Some("7"));
    }
}
