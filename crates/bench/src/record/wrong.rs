//! What is wrong with an answer.

use std::fmt;

use crate::base::untrusted::visible;

/// What is wrong with an answer: a fragment that fits after "its answer is wrong: ".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong(pub String);

/// The most characters of what is said about an answer.
const LONGEST: usize = 400;

impl Wrong {
    /// The same for a table, which has room for a line: what a program said may be in it.
    pub fn shown(&self) -> String {
        let shown = visible(&self.0);
        match shown.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{} …", &shown[..end]),
            None => shown,
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
