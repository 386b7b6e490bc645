//! Which flags exist, and which of them a command line asks for.

use std::collections::BTreeSet;

use crate::http::{BadCode, Code};

/// The 20 most populous countries, the work of the chapter's first scripts.
pub const POPULOUS: &str = "CN IN US ID BR PK NG BD RU JP MX PH VN ET EG DE IR TR CD FR";

/// The 194 codes that have a flag.
pub const AVAILABLE: &str = "\
    AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH \
    CI CL CM CN CO CR CU CV CY CZ DE DJ DK DM DZ EC EE EG ER ES ET FI FJ FM FR GA GB GD GE GH GM GN GQ \
    GR GT GW GY HN HR HT HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA LB LC LI \
    LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR \
    NZ OM PA PE PG PH PK PL PT PW PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SY \
    SZ TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VN VU WS YE ZA ZM ZW";

/// What a command line says about codes, before it is turned into a list of them.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Codes, or first letters of codes, in any case.
    pub words: Vec<String>,
    /// All 194 codes that have a flag.
    pub all: bool,
    /// All 676 codes that two letters can make.
    pub every: bool,
    /// Keep this many of the first codes.
    pub limit: Option<usize>,
}

impl Selection {
    /// The codes asked for: sorted, each once, then limited. Without any word or option they are the [`POPULOUS`] ones.
    ///
    /// # Errors
    /// The word that is neither a code nor a letter.
    pub fn codes(&self) -> Result<Vec<Code>, BadCode> {
        let mut codes = BTreeSet::new();
        if self.every {
            codes.extend(every());
        } else if self.all {
            codes.extend(listed(AVAILABLE));
        } else if self.words.is_empty() {
            codes.extend(listed(POPULOUS));
        }
        for word in &self.words {
            match word.as_bytes() {
                [letter] if letter.is_ascii_alphabetic() => {
                    codes.extend(letters().map(|second| Code::of_letters([letter.to_ascii_uppercase(), second])));
                }
                _ => _ = codes.insert(word.parse()?),
            }
        }
        Ok(codes.into_iter().take(self.limit.unwrap_or(usize::MAX)).collect())
    }
}

fn letters() -> impl Iterator<Item = u8> {
    b'A'..=b'Z'
}

fn every() -> impl Iterator<Item = Code> {
    letters().flat_map(|first| letters().map(move |second| Code::of_letters([first, second])))
}

fn listed(codes: &str) -> impl Iterator<Item = Code> {
    codes.split_whitespace().map(|code| code.parse().expect("our own lists hold codes only"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(words: &[&str], change: impl Fn(&mut Selection)) -> Vec<String> {
        let mut selection =
            Selection { words: words.iter().map(ToString::to_string).collect(), ..Selection::default() };
        change(&mut selection);
        selection.codes().unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn without_arguments_the_twenty_most_populous_come_in_alphabetical_order() {
        let codes = selected(&[], |_| ());
        assert_eq!(codes.len(), 20);
        assert_eq!((codes[0].as_str(), codes[19].as_str()), ("BD", "VN"));
        assert!(codes.is_sorted());
    }

    #[test]
    fn a_letter_stands_for_its_twenty_six_codes() {
        assert_eq!(selected(&["a", "b", "c"], |_| ()).len(), 78);
        assert_eq!(selected(&["Z"], |_| ())[25], "ZZ");
    }

    #[test]
    fn codes_are_case_insensitive_and_come_once() {
        assert_eq!(selected(&["in", "BR", "br", "Cn"], |_| ()), ["BR", "CN", "IN"]);
    }

    #[test]
    fn every_is_676_all_is_194_and_a_limit_takes_the_first() {
        assert_eq!(selected(&[], |s| s.every = true).len(), 676);
        assert_eq!(selected(&[], |s| s.all = true).len(), 194);
        assert_eq!(selected(&[], |s| (s.all, s.limit) = (true, Some(2))), ["AD", "AE"]);
    }

    #[test]
    fn what_is_no_code_is_named() {
        for word in ["xyz", "", "1", "a1", "é", "ÅÅ"] {
            let selection = Selection { words: vec![word.into()], ..Selection::default() };
            assert_eq!(selection.codes(), Err(BadCode(word.into())));
        }
    }
}
