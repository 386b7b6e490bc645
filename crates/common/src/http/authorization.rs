//! The credentials of a URL, as a header: one way for both clients, of which one would send them as they are escaped.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::HeaderValue;
use percent_encoding::percent_decode_str;
use url::Url;

/// The `Authorization` that a URL's user and password call for (RFC 7617, section 2); `None`, if it has neither.
pub fn authorization(url: &Url) -> Option<HeaderValue> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut credentials: Vec<u8> = percent_decode_str(url.username()).collect();
    credentials.push(b':');
    credentials.extend(percent_decode_str(url.password().unwrap_or_default()));
    let mut value = HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(credentials))).ok()?;
    // It is shown nowhere.
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_in_a_url_is_not_in_its_credentials() {
        let of = |url: &str| authorization(&url.parse().unwrap()).map(|value| value.to_str().unwrap().to_owned());
        let aladdin = Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==".to_owned());
        assert_eq!(of("http://Aladdin:open%20sesame@h.example/"), aladdin, "the example of RFC 7617");
        assert_eq!(of("http://Aladdin:open sesame@h.example/"), aladdin);
        let plain = Some(format!("Basic {}", BASE64_STANDARD.encode("a=b;c:d@e")));
        assert_eq!(of("http://a=b;c:d@e@h.example/"), plain);
        assert_eq!(of("http://user@h.example/"), Some(format!("Basic {}", BASE64_STANDARD.encode("user:"))));
        assert_eq!(of("http://h.example/"), None);
    }
}
