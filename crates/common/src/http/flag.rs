//! The task of the `flags` workload: one flag to fetch and to save.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::http::Code;

/// One flag to fetch. With `--repeat N` each code is asked for N times, and each of its copies is a task of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flag {
    /// Whose flag.
    pub code: Code,
    /// Which copy of it, from 1.
    pub copy: u32,
}

impl Flag {
    /// Where it is: `{base_url}/br/br.gif`. The base's own query goes with each (a token, say). Later copies say in it
    /// which they are, so that our own server can give each of
    /// them a delay and an outcome of its own whatever the order of arrival.
    pub fn url(self, base_url: &Url) -> Url {
        let code = self.code.as_str().to_ascii_lowercase();
        let mut url = base_url.clone();
        url.set_path(&[base_url.path().trim_end_matches('/'), "/", &code, "/", &code, ".gif"].concat());
        if self.copy > 1 {
            let own = base_url.query().filter(|query| !query.is_empty()).map(|query| format!("{query}&"));
            url.set_query(Some(&format!("{}copy={}", own.unwrap_or_default(), self.copy)));
        }
        url
    }

    /// The name it is saved under: `BR.gif`, its second copy `BR-2.gif`.
    pub fn file_name(self) -> String {
        format!("{self}.gif")
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.copy {
            1 => fmt::Display::fmt(&self.code, f),
            copy => write!(f, "{}-{copy}", self.code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_lower_case_and_files_upper_case() {
        let flag = Flag { code: "BR".parse().unwrap(), copy: 1 };
        assert_eq!(flag.file_name(), "BR.gif");
        for base in ["http://h.example/flags", "http://h.example/flags/"] {
            assert_eq!(flag.url(&base.parse().unwrap()).as_str(), "http://h.example/flags/br/br.gif");
        }
    }

    #[test]
    fn the_query_of_the_base_goes_with_each_request() {
        let of = |base: &str, copy| Flag { code: "BR".parse().unwrap(), copy }.url(&base.parse().unwrap()).to_string();
        assert_eq!(of("http://h.example/flags?token=a%26b", 1), "http://h.example/flags/br/br.gif?token=a%26b");
        assert_eq!(of("http://h.example/flags/?token=abc", 2), "http://h.example/flags/br/br.gif?token=abc&copy=2");
        assert_eq!(of("http://h.example?", 2), "http://h.example/br/br.gif?copy=2");
        assert_eq!(of("http://h.example/flags", 3), "http://h.example/flags/br/br.gif?copy=3");
    }
}
