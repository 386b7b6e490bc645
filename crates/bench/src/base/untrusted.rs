//! Text from outside: what a contender prints, how its files are called, what a stranger's record says. It becomes harmless in
//! one place, where it is read, so that nothing that draws it has to think of it.

use std::fmt::Write;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// `text` on one line, with everything that would not be seen as an escape: controls, line breaks, what turns the direction of
/// writing. What is left is XML, and harmless to a terminal. Twice is as once.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '"' | '\'' => shown.push(character),
            // Writing to a string cannot fail.
            _ => _ = write!(shown, "{}", character.escape_debug()),
        }
    }
    shown
}

/// The same for a text of several lines.
pub fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// A value out of JSON from outside, with every text in it [`visible`].
///
/// # Errors
/// Text that is not JSON, or not of this form.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let mut value = serde_json::from_slice(bytes)?;
    make_visible(&mut value);
    serde_json::from_value(value)
}

/// Makes every text in `value` [`visible`]. The parser has bounded how deep it is.
fn make_visible(value: &mut Value) {
    match value {
        Value::String(text) => *text = visible(text),
        Value::Array(values) => values.iter_mut().for_each(make_visible),
        Value::Object(fields) => fields.values_mut().for_each(make_visible),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_would_not_be_seen_is_an_escape_and_the_rest_stays() {
        assert_eq!(visible("curl -Z \"a\\b\" 'ü' 国"), "curl -Z \"a\\b\" 'ü' 国");
        assert_eq!(visible("\x1b[2J\r\n\0"), r"\u{1b}[2J\r\n\0");
        assert_eq!(
            visible("a\u{202e}b\u{200b}\u{feff}\u{2028}\u{fffe}"),
            r"a\u{202e}b\u{200b}\u{feff}\u{2028}\u{fffe}"
        );
        assert_eq!(visible_lines("a\x07\nb"), "a\\u{7}\nb");
    }

    #[test]
    fn every_text_of_a_value_is_made_visible() {
        let value: Value = from_json(br#"{"a": ["\u001b", {"b": "\u0007"}], "c": 1.5}"#).unwrap();
        assert_eq!(value, serde_json::json!({"a": [r"\u{1b}", {"b": r"\u{7}"}], "c": 1.5}));
    }

    proptest! {
        #[test]
        fn visible_text_has_no_controls_and_twice_is_as_once(text in any::<String>()) {
            let once = visible(&text);
            prop_assert!(!once.chars().any(char::is_control));
            prop_assert_eq!(visible(&once), once);
        }
    }
}
