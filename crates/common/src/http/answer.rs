//! A server's answer, in the parts that matter here.

use http::{HeaderMap, HeaderName, Version, header};

use crate::{
    http::{Settings, redirect},
    run::{Class, Failure},
};

/// The most headers of an answer: what the narrower of the two clients accepts.
pub const MOST_HEADERS: usize = 100;

/// The longest body that one of the clients has a number for, in bytes.
pub const LONGEST_BODY: u64 = u64::MAX - 2;

/// An answer. Both clients begin one from the head that they received, and fill in the body.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The server's own words for an error's status, where they can be shown; else `None`.
    pub reason: Option<String>,
    /// The `Location` header.
    pub location: Option<String>,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// The body. Empty where the status makes it unimportant and it could not be read.
    pub body: Vec<u8>,
}

impl Answer {
    /// The answer with this head.
    ///
    /// # Errors
    /// A head over the limits, which the clients see for themselves only where it is over their own. A success in a form that
    /// was not agreed to: both clients would hand on what they do not understand. An announced body over the limit.
    pub fn begin(status: u16, version: Version, headers: &HeaderMap, settings: &Settings) -> Result<Self, Failure> {
        let text = |name: &HeaderName| {
            let mut values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
            let first = values.next()?.into_owned();
            Some(values.fold(first, |text, value| text + ", " + &value))
        };
        let head: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum();
        if headers.len() > MOST_HEADERS || head > settings.max_head_bytes {
            return Err(Self::head_too_large());
        }
        if redirect::is_redirect(status) && headers.get_all(header::LOCATION).iter().count() > 1 {
            return Err(Failure::new(Class::Redirect, "redirect with more than one Location"));
        }
        // One of the clients has no room for such a length, whatever the status.
        if text(&header::CONTENT_LENGTH)
            .and_then(|length| length.parse().ok())
            .is_some_and(|length: u64| length > LONGEST_BODY)
        {
            return Err(Self::head_too_large());
        }
        if (200..300).contains(&status) {
            let refuse = |what: String| Err(Failure::new(Class::Protocol, what));
            let transfer = text(&header::TRANSFER_ENCODING);
            let length = text(&header::CONTENT_LENGTH);
            if let Some(coding) =
                text(&header::CONTENT_ENCODING).filter(|list| members(list).any(|name| name != "identity"))
            {
                return refuse(format!("encoded as {coding:?}, which was not asked for"));
            }
            if let Some(coding) = transfer.as_ref().filter(|list| !members(list).eq(["chunked"])) {
                return refuse(format!("transferred as {coding:?}, which was not asked for"));
            }
            if transfer.is_some() && version < Version::HTTP_11 {
                // Who wrote that may have passed on an encoding that it did not know (RFC 9112, section 6.1).
                return refuse("in chunks, which HTTP/1.0 does not have".into());
            }
            if let (Some(_), Some(length)) = (transfer, &length) {
                return refuse(format!("in chunks, and yet with a Content-Length of {length:?}"));
            }
            let length = length.and_then(|length| length.parse::<u64>().ok());
            if length.is_some_and(|length| length > settings.max_bytes) {
                return Err(Self::too_large(settings.max_bytes));
            }
        }
        let (location, retry_after) = (text(&header::LOCATION), text(&header::RETRY_AFTER));
        Ok(Self { status, reason: None, location, retry_after, body: Vec::new() })
    }

    /// The reason phrase of a status line as it may be shown: not empty, up to 80 bytes, all of them printable ASCII.
    pub fn reason(phrase: &[u8]) -> Option<String> {
        let phrase = str::from_utf8(phrase.trim_ascii()).ok()?;
        let can_be_shown = (1..=80).contains(&phrase.len()) && phrase.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        can_be_shown.then(|| phrase.to_owned())
    }

    /// The failure of a head over the limit.
    pub fn head_too_large() -> Failure {
        Failure::new(Class::TooLarge, "the head of the answer is too large")
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

/// The members of a list, in lower case. Empty ones are to be ignored (RFC 9110, section 5.6.1.2).
fn members(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(|member| member.trim().to_ascii_lowercase()).filter(|member| !member.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(status: u16, headers: &[(HeaderName, &str)]) -> Result<Answer, Class> {
        let mut settings = Settings::new("http://h.example/flags".parse().unwrap(), vec![]);
        settings.max_bytes = 100;
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        Answer::begin(status, Version::HTTP_11, &headers, &settings).map_err(|failure| failure.class)
    }

    #[test]
    fn encodings_that_were_not_asked_for_are_refused() {
        assert_eq!(begin(200, &[(header::CONTENT_ENCODING, "gzip")]).unwrap_err(), Class::Protocol);
        assert_eq!(begin(200, &[(header::TRANSFER_ENCODING, "gzip, chunked")]).unwrap_err(), Class::Protocol);
        begin(200, &[(header::CONTENT_ENCODING, "identity")]).unwrap();
        begin(200, &[(header::TRANSFER_ENCODING, "Chunked")]).unwrap();
        begin(404, &[(header::CONTENT_ENCODING, "gzip")]).unwrap();
        for nothing in ["", ",", "identity,", ", Identity ,,identity"] {
            begin(200, &[(header::CONTENT_ENCODING, nothing)]).unwrap();
        }
        begin(200, &[(header::TRANSFER_ENCODING, ", chunked,")]).unwrap();
        assert_eq!(begin(200, &[(header::TRANSFER_ENCODING, "chunked, chunked")]).unwrap_err(), Class::Protocol);
    }

    #[test]
    fn heads_over_the_limits_and_ambiguous_ones_are_refused() {
        let many = vec![(header::VIA, "x"); MOST_HEADERS];
        begin(404, &many).unwrap();
        assert_eq!(begin(404, &[&many[..], &many[..1]].concat()).unwrap_err(), Class::TooLarge);
        assert_eq!(begin(404, &[(header::VIA, &"x".repeat(16 << 10))]).unwrap_err(), Class::TooLarge);
        let (length, chunked) = ((header::CONTENT_LENGTH, "5"), (header::TRANSFER_ENCODING, "chunked"));
        assert_eq!(begin(200, &[length, chunked]).unwrap_err(), Class::Protocol);
        let codings = [(header::CONTENT_ENCODING, "identity"), (header::CONTENT_ENCODING, "br")];
        assert_eq!(begin(200, &codings).unwrap_err(), Class::Protocol);
        let locations = [(header::LOCATION, "/a"), (header::LOCATION, "/b")];
        assert_eq!(begin(302, &locations).unwrap_err(), Class::Redirect);
    }

    #[test]
    fn a_body_announced_over_the_limit_is_refused_at_once() {
        assert_eq!(begin(200, &[(header::CONTENT_LENGTH, "101")]).unwrap_err(), Class::TooLarge);
        begin(200, &[(header::CONTENT_LENGTH, "100")]).unwrap();
    }

    #[test]
    fn what_a_redirect_or_a_retry_needs_is_kept() {
        assert_eq!(begin(302, &[(header::LOCATION, "/x")]).unwrap().location.as_deref(), Some("/x"));
        assert_eq!(begin(503, &[(header::RETRY_AFTER, "7")]).unwrap().retry_after.as_deref(), Some("7"));
    }
}
