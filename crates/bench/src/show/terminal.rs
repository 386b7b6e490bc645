//! What is said on the standard streams. A reader who went away has seen enough; a table that cannot be written is an error.

use std::io::{ErrorKind, Write, stderr, stdout};

use anyhow::{Context, Result};

use crate::base::untrusted::visible_lines;

/// Writes `text`, which stands for itself, to standard output.
///
/// # Errors
/// An output that takes it no more, unless its reader closed it.
pub fn print(text: &str) -> Result<()> {
    let written = stdout().write_all(text.as_bytes()).and_then(|()| stdout().flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("failed to write to standard output"),
    }
}

/// Says `text`, which may hold words from outside, on standard error.
pub fn say(text: &str) {
    // If standard error is closed, there is no other place to say it.
    let _ = writeln!(stderr(), "{}", visible_lines(text));
}

/// `text` as a terminal of this locale shows it: all of it in UTF-8, and in any other with signs of ASCII for those of ours.
/// The locale is the first of LC_ALL, LC_CTYPE and LANG that says anything, as `locale` has it.
pub fn in_locale(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let named = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    // Without any it is C, for the strategies' own bars, too.
    let is_utf_8 = named.is_some_and(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"));
    if is_utf_8 { text.to_owned() } else { text.chars().map(plain).collect() }
}

/// A sign of ASCII of the same width.
fn plain(sign: char) -> char {
    match sign {
        '─' | '–' => '-',
        '═' => '=',
        '│' | '┆' => '|',
        '\u{2500}'..='\u{257f}' => '+',
        '×' => 'x',
        'µ' => 'u',
        '“' | '”' => '"',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_without_utf_8_gets_signs_of_ascii_in_their_places() {
        let shown = |name, value: &str| {
            in_locale("┌─┬═╪┆ 3.5 µs × –", &|asked| (asked == name).then(|| value.to_owned()))
        };
        for (name, value) in [("LC_ALL", "C"), ("LANG", "POSIX"), ("LC_ALL", ""), ("TERM", "vt100")] {
            assert_eq!(shown(name, value), "+-+=+| 3.5 us x -", "{name}={value}");
        }
        for (name, value) in [("LC_ALL", "C.UTF-8"), ("LANG", "en_US.utf8")] {
            assert_eq!(shown(name, value), "┌─┬═╪┆ 3.5 µs × –", "{name}={value}");
        }
    }
}
