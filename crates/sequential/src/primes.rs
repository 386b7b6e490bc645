//! The numbers, one after another.

use common::{
    Cancel,
    primes::{Recorder, Settings, check},
};

/// Checks one number after another.
///
/// # Errors
/// None.
pub fn check_many(settings: &Settings, cancel: &Cancel, recorder: &mut Recorder) -> anyhow::Result<()> {
    for &number in &settings.numbers {
        if cancel.requested().is_some() {
            break;
        }
        recorder.record(check(number, 0, settings.clock, cancel));
    }
    Ok(())
}
