//! The page for people: all flags with their pictures and names, and what each of them meets now.

use crate::Config;
use crate::response::Answer;
use hyper::header::{CONTENT_SECURITY_POLICY, HeaderName};
use std::fmt::Write;

/// What the page may load: its own style, script, pictures and figures, and nothing else from anywhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEAD: &str = include_str!("head.html");
const FOOT: &str = include_str!("foot.html");

/// A server's page, made once.
pub struct Page {
    pub html: Answer,
    pub style: Answer,
    pub script: Answer,
}

impl Page {
    /// The page of a server with these settings. It neither waits nor counts, so that to look at it changes nothing for the programs
    /// that are measured; its links do what the server does to them.
    pub fn new(config: &Config) -> Page {
        let own = |content_type, text: String| {
            Answer::ok(content_type, text).with(HeaderName::from_static("x-content-type-options"), "nosniff")
        };
        Page {
            html: own("text/html; charset=utf-8", html(config)).with(CONTENT_SECURITY_POLICY, POLICY),
            style: own("text/css; charset=utf-8", include_str!("page.css").to_owned()),
            script: own("text/javascript; charset=utf-8", include_str!("page.js").to_owned()),
        }
    }
}

fn html(config: &Config) -> String {
    let codes: Vec<_> = config.flags.codes().collect();
    let mut page = format!("{HEAD}<h1>{} flags to download</h1>\n<p>", codes.len());
    // Writing to a String cannot fail.
    if let Some((min, max)) = config.delay {
        _ = write!(page, "Each flag is sent after {min:?} to {max:?}. ");
    }
    if config.error_rate > 0.0 {
        _ = write!(page, "Of the answers, {} % are <i>418 I'm a teapot</i>. ", config.error_rate * 100.0);
    }
    page.push_str(include_str!("now.html"));
    for flag in codes.iter().filter_map(|&code| Some((code, config.flags.get(code)?))) {
        let (code, cc, country) = (flag.0, flag.0.to_lower(), escaped(&flag.1.country));
        _ = writeln!(
            page,
            r#"<li data-code="{code}"><a href="/flags/{cc}/{cc}.gif"><img src="/pictures/{cc}.gif" alt="" loading="lazy">{country}</a> <span class="state"></span></li>"#
        );
    }
    page + FOOT
}

/// A text as HTML has it, also within quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_html_would_take_for_its_own_is_escaped() {
        assert_eq!(escaped("Côte d'Ivoire"), "Côte d&#39;Ivoire");
        assert_eq!(escaped("<b> & \"&amp;\""), "&lt;b&gt; &amp; &quot;&amp;amp;&quot;");
    }
}
