//! URLs as they are shown: a password in one is no business of reports, records and logs.

use url::Url;

const MASK: &str = "***";

/// The URL with `***` in place of its password.
pub fn without_password(url: &Url) -> Url {
    let mut url = url.clone();
    if url.password().is_some() {
        // Refused only where there is no host, and so no password.
        _ = url.set_password(Some(MASK));
    }
    url
}

/// The same of a text that should have been a URL: what stands between the first colon of its user and the last `@`.
pub fn text_without_password(text: &str) -> String {
    let start = text.find("://").map_or(0, |colon| colon + "://".len());
    let (scheme, rest) = text.split_at(start);
    match rest.rsplit_once('@').and_then(|(credentials, host)| Some((credentials.split_once(':')?.0, host))) {
        Some((user, host)) => format!("{scheme}{user}:{MASK}@{host}"),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_masked_and_all_else_stays() {
        let of = |url: &str| without_password(&url.parse().unwrap()).to_string();
        assert_eq!(of("http://user:secret@h.example:8000/flags?a=b"), "http://user:***@h.example:8000/flags?a=b");
        assert_eq!(of("https://:s%40cret@h.example/"), "https://:***@h.example/");
        assert_eq!(of("http://user@h.example/a:b@c"), "http://user@h.example/a:b@c");
    }

    #[test]
    fn a_malformed_url_shows_no_password_either() {
        for (text, shown) in [
            ("ftp://user:secret@h.example/", "ftp://user:***@h.example/"),
            ("user:secret@h.example:8000", "user:***@h.example:8000"),
            ("http://user:se/cr@et@h.example:port", "http://user:***@h.example:port"),
            ("NOWHERE", "NOWHERE"),
            ("localhost:8000", "localhost:8000"),
        ] {
            assert_eq!(text_without_password(text), shown);
        }
    }
}
