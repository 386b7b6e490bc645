//! How long the reader of results may look away, when they come fast.

use std::time::{Duration, Instant};

/// A shorter nap is not worth its own two switches; a longer one would be noticed.
const SHORTEST: Duration = Duration::from_micros(50);
const LONGEST: Duration = Duration::from_micros(400);

/// How fast results come.
///
/// A reader who is woken for each of them costs two switches of tasks for each. If they come fast, it is better to look
/// away for a moment, and then to find several. With what is still to come the workers have enough to do meanwhile.
#[derive(Debug)]
pub(crate) struct Pace {
    /// When results were last collected.
    since: Instant,
    /// How long each took to come, then.
    each: Option<Duration>,
}

impl Pace {
    pub fn new(now: Instant) -> Self {
        Self { since: now, each: None }
    }

    /// This many results have come until now.
    pub fn collected(&mut self, results: usize, now: Instant) {
        self.each = now.duration_since(self.since).checked_div(as_u32(results));
        self.since = now;
    }

    /// How long to look away: until a quarter of what is to come is there, if that is soon.
    pub fn nap(&self, to_come: usize) -> Option<Duration> {
        // Slow ones are worth a wake-up each.
        let each = self.each.filter(|each| *each <= LONGEST / 4)?;
        Some(each.saturating_mul(as_u32(to_come / 4)).min(LONGEST)).filter(|nap| *nap >= SHORTEST)
    }
}

fn as_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The nap after this many results within this many microseconds, in microseconds.
    fn nap(results: usize, within: u64, to_come: usize) -> Option<u128> {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.collected(results, start + Duration::from_micros(within));
        pace.nap(to_come).map(|nap| nap.as_micros())
    }

    #[test]
    fn it_is_a_quarter_of_the_time_that_what_is_to_come_will_take() {
        assert_eq!(nap(1, 20, 60), Some(300));
        assert_eq!(nap(10, 200, 60), Some(300));
        assert_eq!(nap(1, 20, usize::MAX), Some(400));
    }

    #[test]
    fn there_is_none_before_the_first_result_none_for_slow_ones_and_none_for_the_last() {
        assert_eq!(Pace::new(Instant::now()).nap(1_000), None);
        assert_eq!(nap(1, 101, 1_000), None);
        assert_eq!(nap(1, 20, 8), None);
        assert_eq!(nap(0, 20, 1_000), None);
    }
}
