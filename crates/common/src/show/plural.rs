//! Counts of things.

/// `1 flag`, `20 flags`, `12 processes`.
pub(crate) fn plural(count: u64, noun: &str) -> String {
    let e = if noun.ends_with('s') && count != 1 { "e" } else { "" };
    format!("{count} {noun}{e}{}", plural_s(count))
}

/// What a noun that is counted ends in.
pub(crate) fn plural_s(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}
