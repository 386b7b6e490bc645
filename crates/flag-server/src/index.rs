//! The page for people: all flags with their pictures and names.

use crate::Config;
use std::fmt::Write;

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Flags to download</title>
<style>
:root { color-scheme: light dark }
body { font-family: sans-serif; max-width: 75rem; margin: 1rem auto; padding: 0 1rem }
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: 1rem; padding: 0; list-style: none }
img { display: block; width: 100%; height: 6rem; object-fit: contain; object-position: left }
</style>
</head>
<body>
"#;

const FOOT: &str = r#"</ul>
<p>The built-in flags are drawn by Twemoji (<a href="https://creativecommons.org/licenses/by/4.0/">CC-BY 4.0</a>).</p>
</body>
</html>
"#;

/// The page of a server with these settings. Its pictures come at once and are not counted, so that to look at it changes nothing for
/// the programs that are measured; its links do what the server does to them.
pub fn index(config: &Config) -> String {
    let codes: Vec<_> = config.flags.codes().collect();
    let mut page = format!("{HEAD}<h1>{} flags to download</h1>\n<p>", codes.len());
    // Writing to a String cannot fail.
    if let Some((min, max)) = config.delay {
        _ = write!(page, "Each flag is sent after {min:?} to {max:?}. ");
    }
    if config.error_rate > 0.0 {
        _ = write!(page, "Of the answers, {} % are <i>418 I'm a teapot</i>. ", config.error_rate * 100.0);
    }
    page.push_str("See <a href=\"/manifest.json\">what this server will do</a>, and <a href=\"/stats\">what it did</a>.</p>\n<ul>\n");
    for flag in codes.iter().filter_map(|&code| Some((code.to_lower(), config.flags.get(code)?))) {
        let (cc, country) = (flag.0, escaped(&flag.1.country));
        _ = writeln!(
            page,
            r#"<li><a href="/flags/{cc}/{cc}.gif"><img src="/pictures/{cc}.gif" alt="" loading="lazy">{country}</a></li>"#
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
