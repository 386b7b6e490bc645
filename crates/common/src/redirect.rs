//! Where a redirect may lead. Each client would follow by rules of its own (one turns `file:///x` into a path on the same host, the
//! other calls it a success), so neither follows by itself, and this one policy decides for both.

use url::Url;

use crate::{Class, Failure};

/// The URL that a redirect from `from` leads to.
///
/// # Errors
/// A [`Class::Redirect`] failure, if there is no usable `Location`, or it leads to anything but http and https, or from https
/// back to http.
pub fn target(from: &Url, location: Option<&str>) -> Result<Url, Failure> {
    let refuse = |cause: String| Failure::new(Class::Redirect, cause);
    let location = location.ok_or_else(|| refuse("redirect without a Location".into()))?;
    let to = from.join(location).map_err(|error| refuse(format!("redirect to {location:?}: {error}")))?;
    match (from.scheme(), to.scheme()) {
        ("http", "http") | (_, "https") if to.host().is_some() => Ok(to),
        ("https", "http") => Err(refuse(format!("redirect from https to {to}, which is not protected"))),
        _ => Err(refuse(format!("redirect to {to}, which is not http or https"))),
    }
}

/// Whether a status is a redirect that is followed.
pub fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(from: &str, location: Option<&str>) -> Result<String, String> {
        target(&from.parse().unwrap(), location).map(String::from).map_err(|failure| failure.cause)
    }

    #[test]
    fn relative_and_absolute_locations_are_followed() {
        let from = "http://a.example/flags/br/br.gif";
        assert_eq!(follow(from, Some("/x.gif")).unwrap(), "http://a.example/x.gif");
        assert_eq!(follow(from, Some("y.gif")).unwrap(), "http://a.example/flags/br/y.gif");
        assert_eq!(follow(from, Some("https://b.example/")).unwrap(), "https://b.example/");
    }

    #[test]
    fn other_schemes_and_missing_locations_are_refused() {
        let from = "http://a.example/";
        for location in [None, Some("file:///etc/passwd"), Some("gopher://x/"), Some("http://[broken"), Some("data:,x")]
        {
            follow(from, location).unwrap_err();
        }
        follow("https://a.example/", Some("http://a.example/")).unwrap_err();
    }
}
