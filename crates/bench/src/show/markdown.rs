//! Text as Markdown takes it, on GitHub too: no word from outside ends a cell, a comment or a line, or becomes a link or HTML.

/// `text`, which is on one line, as a text that means itself.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut first = true;
    while let Some(character) = characters.next() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // Only with what follows does a bracket make a link.
            ']' if matches!(characters.peek(), Some('(' | '[' | ':')) => escaped.push_str("\\]"),
            '\\' | '`' | '*' | '_' | '|' | '~' => escaped.extend(['\\', character]),
            '#' | '-' | '+' | '=' if first => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
        first = false;
    }
    escaped
}

/// `text` as code, whatever backticks it has.
pub fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    if longest == 0 {
        return format!("`{text}`");
    }
    let fence = "`".repeat(longest + 1);
    format!("{fence} {text} {fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_means_more_than_itself() {
        assert_eq!(escape("0.309 [0.289, 0.353]"), "0.309 [0.289, 0.353]");
        assert_eq!(escape("a|b `c` *d* e_f"), r"a\|b \`c\` \*d\* e\_f");
        assert_eq!(
            escape("<!-- /bench:table --> <img onerror=x>"),
            "&lt;!-- /bench:table --&gt; &lt;img onerror=x&gt;"
        );
        assert_eq!(escape("# [x](http://x)"), r"\# [x\](http://x)");
    }

    #[test]
    fn code_ends_where_it_is_to_end() {
        assert_eq!(code("a b"), "`a b`");
        assert_eq!(code("a ``b"), "``` a ``b ```");
    }
}
