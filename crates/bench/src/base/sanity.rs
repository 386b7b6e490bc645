//! What cannot be a measurement. A file of damaged or invented numbers is refused when it is read, so that no sum overflows
//! and no axis is endless later.

/// Microseconds of 12 days, KiB of a pebibyte, more requests than a run can have.
pub const LARGEST: u64 = 1 << 40;

/// A picosecond, in microseconds: what took less has not been measured.
pub const SHORTEST: f64 = 1e-6;

/// The most characters of a name that stands in a table.
pub const LONGEST_NAME: usize = 80;

/// The most rounds, and so the most marks in a row of a picture.
pub const MOST_ROUNDS: usize = 1_000;

/// The most samples of one record: each of a hundred rows in every round twice.
pub const MOST_SAMPLES: usize = 200_000;

/// The most bytes of `run.json`, which is read into a tree of many times its size.
pub const LARGEST_RECORD: u64 = 8 << 20;

/// The most bytes of any other file of a record.
pub const LARGEST_FILE: u64 = 64 << 20;

/// Checks a name.
///
/// # Errors
/// One that is empty or too long, as a fragment that fits after "failed to read it: ".
pub fn name(name: &str) -> Result<(), String> {
    match name.chars().count() {
        0 => Err("a name is empty".to_owned()),
        1..=LONGEST_NAME => Ok(()),
        length => Err(format!("a name has {length} characters, of which at most {LONGEST_NAME} can be shown")),
    }
}

/// Checks numbers, given with their names.
///
/// # Errors
/// The first that is no number, or too large, as a fragment that fits after "failed to read it: ".
pub fn check<const N: usize>(numbers: [(&str, f64); N]) -> Result<(), String> {
    let can_be = |number: f64| (0.0..=LARGEST as f64).contains(&number);
    match numbers.into_iter().find(|(_, number)| !can_be(*number)) {
        Some((name, number)) => Err(format!("{name} is {number:e}, which cannot have been measured")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_measured_passes() {
        check([("a", 0.0), ("b", 0.5), ("c", LARGEST as f64)]).unwrap();
        for number in [-1.0, f64::NAN, f64::INFINITY, u64::MAX as f64] {
            assert!(check([("a", 1.0), ("load", number)]).unwrap_err().starts_with("load is "), "{number}");
        }
    }
}
