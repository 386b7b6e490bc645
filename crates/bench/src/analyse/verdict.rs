//! What may be said about a contender, in one word.

use serde::{Deserialize, Serialize};

use crate::base::statistics::Interval;

/// Differences under this share are never called a difference, however quiet the machine.
const SMALLEST: f64 = 0.05;
/// The same for an order among the strategies. What is always a little slower is slower; by how much stands beside it.
const LEAST_ORDER: f64 = 0.01;
/// Where the baseline differs from itself by more than this, nothing is called the same as it either: that would only
/// say that nothing can be told apart.
const LOUDEST: f64 = 0.2;

/// The word in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The whole interval lies under the band around 1.
    Faster,
    /// The whole interval lies over the band.
    Slower,
    /// The whole interval lies inside the band.
    TheSame,
    /// The interval crosses an edge of the band, there are too few rounds for an interval, or the band is too wide.
    Unclear,
}

impl Verdict {
    /// The verdict for a ratio's interval, against a band of `band` on each side of 1.
    pub fn of(interval: Option<Interval>, band: f64) -> Self {
        Self::apart(interval, band, band)
    }

    /// The same where a difference is one from `least` on, although it be inside the band.
    pub fn apart(interval: Option<Interval>, least: f64, band: f64) -> Self {
        match interval {
            Some(interval) if interval.high < 1.0 - least => Self::Faster,
            Some(interval) if interval.low > 1.0 + least => Self::Slower,
            Some(interval) if band <= LOUDEST && interval.reach(1.0) <= band => Self::TheSame,
            _ => Self::Unclear,
        }
    }

    /// The verdict of the other beside the one.
    pub fn reversed(self) -> Self {
        match self {
            Self::Faster => Self::Slower,
            Self::Slower => Self::Faster,
            same => same,
        }
    }

    /// The verdict as the table prints it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::TheSame => "the same",
            Self::Unclear => "unclear",
        }
    }
}

/// The band around 1 in which a ratio means nothing: what the baseline shows against itself, and never under 5 %.
pub fn noise_band(control: Option<Interval>) -> f64 {
    control.map_or(SMALLEST, |interval| interval.reach(1.0).max(SMALLEST))
}

/// The least difference between two strategies that makes an order: what the baseline shows against itself, and never under 1 %. Without
/// that nobody knows, and it is the band.
pub fn least_order(control: Option<Interval>) -> f64 {
    control.map_or(SMALLEST, |interval| interval.reach(1.0).max(LEAST_ORDER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::pairs::interval_among;
    use crate::base::statistics::{interval, paired_ratios};
    use fastrand::Rng;

    fn verdict(low: f64, high: f64, band: f64) -> Verdict {
        Verdict::of(Some(Interval { low, high }), band)
    }

    #[test]
    fn an_interval_outside_the_band_is_a_difference_and_one_inside_is_none() {
        assert_eq!(verdict(0.80, 0.94, 0.05), Verdict::Faster);
        assert_eq!(verdict(1.06, 1.20, 0.05), Verdict::Slower);
        assert_eq!(verdict(0.96, 1.04, 0.05), Verdict::TheSame);
        assert_eq!(verdict(0.90, 0.96, 0.05), Verdict::Unclear);
        assert_eq!(verdict(0.80, 0.94, 0.10), Verdict::Unclear);
        assert_eq!(verdict(0.99, 1.01, 0.30), Verdict::Unclear, "on such a machine nothing is the same");
        assert_eq!(verdict(0.20, 0.60, 0.30), Verdict::Faster);
        assert_eq!(Verdict::of(None, 0.05), Verdict::Unclear);
    }

    #[test]
    fn a_noisy_control_widens_the_band_and_a_quiet_one_does_not_narrow_it() {
        assert_eq!(noise_band(Some(Interval { low: 0.99, high: 1.01 })), 0.05);
        assert!((noise_band(Some(Interval { low: 0.88, high: 1.03 })) - 0.12).abs() < 1e-9);
        assert_eq!(noise_band(None), 0.05);
        let order = [(0.999, 1.001), (0.97, 1.01)].map(|(low, high)| least_order(Some(Interval { low, high })));
        assert!((order[0] - 0.01).abs() < 1e-9 && (order[1] - 0.03).abs() < 1e-9, "{order:?}");
        assert_eq!(least_order(None), 0.05);
    }

    #[test]
    fn the_same_program_twice_is_called_different_in_at_most_one_session_of_twenty() {
        let mut random = Rng::with_seed(5);
        // From a quiet machine to one where single runs differ by half; a drift that both share; now and then a run
        // that something else disturbed.
        for noise in [0.01, 0.05, 0.2, 0.5] {
            for rounds in [6, 9, 15, 31] {
                let sessions = 1_000;
                let called = (0..sessions).filter(|_| simulated_session(&mut random, noise, rounds)).count();
                assert!(called * 20 <= sessions, "{called} of {sessions}, noise {noise}, {rounds} rounds");
            }
        }
    }

    #[test]
    fn the_same_program_under_several_names_is_given_an_order_in_at_most_one_session_of_twenty() {
        let mut random = Rng::with_seed(6);
        for rounds in [9, 15] {
            let sessions = 400;
            let called = (0..sessions).filter(|_| {
                let columns = [(); 4].map(|()| (0..rounds).map(|_| 1.0 - 0.5 * random.f64().ln()).collect::<Vec<_>>());
                let pairs = (0..4).flat_map(|one| (one + 1..4).map(move |other| (one, other)));
                let verdict = |(one, other): (usize, usize)| {
                    let ratios = paired_ratios(&columns[one], &columns[other]);
                    Verdict::apart(interval_among(&ratios, 4), LEAST_ORDER, SMALLEST)
                };
                pairs.map(verdict).any(|verdict| matches!(verdict, Verdict::Faster | Verdict::Slower))
            });
            let called = called.count();
            assert!(called * 20 <= sessions, "{called} of {sessions}, {rounds} rounds");
        }
    }

    fn simulated_session(random: &mut Rng, noise: f64, rounds: usize) -> bool {
        let mut columns = [(); 3].map(|()| Vec::with_capacity(rounds));
        for round in 0..rounds {
            let drift = 1.0 + 0.02 * round as f64;
            for column in &mut columns {
                let disturbed = if random.f64() < 0.05 { 2.0 } else { 1.0 };
                column.push(drift * disturbed * (1.0 - noise * random.f64().ln()));
            }
        }
        let [baseline, control, contender] = columns;
        let band = noise_band(interval(&paired_ratios(&control, &baseline)));
        let verdict = Verdict::of(interval(&paired_ratios(&contender, &baseline)), band);
        matches!(verdict, Verdict::Faster | Verdict::Slower)
    }
}
