//! Country codes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A country code: two letters, kept upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code([u8; 2]);

/// A word on the command line that is neither a country code nor a letter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("each CC must be A to Z or AA to ZZ, not {0:?}")]
pub struct BadCode(pub String);

impl FromStr for Code {
    type Err = BadCode;

    fn from_str(word: &str) -> Result<Self, BadCode> {
        match word.as_bytes() {
            &[first, second] if first.is_ascii_alphabetic() && second.is_ascii_alphabetic() => {
                Ok(Self([first.to_ascii_uppercase(), second.to_ascii_uppercase()]))
            }
            _ => Err(BadCode(word.into())),
        }
    }
}

impl TryFrom<String> for Code {
    type Error = BadCode;

    fn try_from(word: String) -> Result<Self, BadCode> {
        word.parse()
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.to_string()
    }
}

impl Code {
    /// The code of these two letters, both upper case.
    pub(crate) fn of_letters(letters: [u8; 2]) -> Self {
        Self(letters)
    }

    /// Its two letters.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("both are ASCII letters")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
