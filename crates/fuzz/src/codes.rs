//! The codes of a command line: words, a byte of options before them.

use common::{BadCode, Code, Selection};

use crate::input::Input;

/// A list is sorted, has each code once, and is a list of itself; a refusal names one of the words.
pub fn target(bytes: &[u8]) {
    let mut input = Input(bytes);
    let options = input.byte();
    let Ok(text) = str::from_utf8(input.0) else { return };
    let words: Vec<String> = text.split(' ').map(String::from).collect();
    let limit = (options & 4 > 0).then_some(usize::from(options >> 3));
    let selection = Selection { words, all: options & 1 > 0, every: options & 2 > 0, limit };
    match selection.codes() {
        Ok(codes) => {
            assert!(codes.is_sorted_by(|a, b| a < b));
            assert!(codes.len() <= limit.unwrap_or(676));
            let words: Vec<String> = codes.iter().map(Code::to_string).collect();
            if !words.is_empty() {
                assert_eq!(Selection { words, ..Selection::default() }.codes().as_ref(), Ok(&codes));
            }
            let json = serde_json::to_string(&codes).expect("a list of codes");
            assert_eq!(serde_json::from_str::<Vec<Code>>(&json).expect("what was written"), codes);
        }
        Err(BadCode(word)) => assert!(selection.words.contains(&word)),
    }
}
