//! A country code.

use std::fmt;
use std::str::FromStr;

/// Two letters, with or without a flag behind them: `AA` to `ZZ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u16);

impl Code {
    /// How many codes there are.
    pub const COUNT: usize = 26 * 26;

    /// All of them, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Code> {
        (0..Self::COUNT as u16).map(Code)
    }

    /// The code that two lower-case letters of a path stand for.
    pub(crate) fn from_lower(first: u8, second: u8) -> Option<Code> {
        let letter = |byte: u8| byte.is_ascii_lowercase().then(|| u16::from(byte - b'a'));
        Some(Code(letter(first)? * 26 + letter(second)?))
    }

    /// Its place among all the codes, from 0.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The code as a path has it: `br`.
    pub(crate) fn to_lower(self) -> String {
        self.to_string().to_ascii_lowercase()
    }
}

impl FromStr for Code {
    type Err = String;

    /// Upper or lower case: `BR`, `br`.
    fn from_str(text: &str) -> Result<Code, String> {
        match text.as_bytes() {
            [a, b] => Code::from_lower(a.to_ascii_lowercase(), b.to_ascii_lowercase()),
            _ => None,
        }
        .ok_or_else(|| format!("{text:?} is no country code: two letters are, like BR"))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |n: u16| char::from(b'A' + n as u8);
        write!(f, "{}{}", letter(self.0 / 26), letter(self.0 % 26))
    }
}
