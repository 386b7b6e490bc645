//! Lines of a paragraph.

use textwrap::{Options, WordSeparator, WordSplitter};

/// Units that stay on the line of their number.
const UNITS: [&str; 7] = ["%", "×", "s", "ms", "µs", "ns", "MiB"];

/// `text` in lines of at most `width` characters, broken between words. A longer word has a line of its own, and a number and
/// its unit stay together.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    const TIED: &str = "\u{a0}";
    let mut tied = String::new();
    for word in text.split_whitespace() {
        let is_unit = UNITS.contains(&word.trim_end_matches(['.', ',', ';', ':', ')']));
        tied += if is_unit { TIED } else { " " };
        tied += word;
    }
    let options = Options::new(width).break_words(false).word_separator(WordSeparator::AsciiSpace);
    let options = options.word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(tied.trim_start(), options).iter().map(|line| line.replace(TIED, " ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_never_before_a_unit() {
        let lines = wrap(&"12 % of it, ".repeat(20), 50);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.chars().count() <= 50), "{lines:?}");
        assert!(lines.iter().all(|line| !line.starts_with('%')), "{lines:?}");
        assert_eq!(wrap("a longer-than-that b", 5), ["a", "longer-than-that", "b"]);
    }
}
