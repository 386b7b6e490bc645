//! The little statistics that the table needs, by hand: a median, and the interval around it that needs no
//! assumption about how the times are spread.

use std::f64::consts::LN_2;

/// The middle value, or the mean of the two middle ones; `None` when there are no values.
pub fn median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// How sure an interval is, unless something else is asked for.
pub const USUAL: f64 = 0.95;

/// An interval that holds the true median with at least 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end: the `rank`-th smallest value.
    pub low: f64,
    /// Its upper end: the `rank`-th largest value.
    pub high: f64,
}

impl Interval {
    /// How far the farther end is from `centre`.
    pub fn reach(&self, centre: f64) -> f64 {
        (self.low - centre).abs().max((self.high - centre).abs())
    }
}

/// The exact 95 % interval of the median, from order statistics alone; `None` under six values, where even the
/// smallest and the largest are not far enough apart to promise it.
///
/// A value lies under the true median with probability one half, whatever the distribution. So the number of values
/// under it is binomial, and the interval from the `k`-th smallest to the `k`-th largest misses it with probability
/// `2 P(X < k)`. (David and Nagaraja, *Order Statistics*, 3rd edition, section 7.1.)
pub fn interval(values: &[f64]) -> Option<Interval> {
    interval_at(values, USUAL)
}

/// The same with another confidence than 95 %.
pub fn interval_at(values: &[f64], least: f64) -> Option<Interval> {
    let rank = interval_rank_at(values.len(), least)?;
    let sorted = sorted(values);
    Some(Interval { low: sorted[rank - 1], high: sorted[sorted.len() - rank] })
}

/// The largest `k`, counted from one, for which the `k`-th smallest and the `k`-th largest of `n` values enclose the
/// median with at least 95 % confidence.
pub fn interval_rank(n: usize) -> Option<usize> {
    interval_rank_at(n, USUAL)
}

fn interval_rank_at(n: usize, least: f64) -> Option<usize> {
    (1..=n.div_ceil(2)).take_while(|&k| confidence(n, k) >= least).last()
}

/// The probability that the `k`-th smallest and the `k`-th largest of `n` values enclose the median.
pub fn confidence(n: usize, k: usize) -> f64 {
    // Kept as logarithms, because 0.5^n leaves the range of a double at n = 1,075.
    let mut ln_term = -(n as f64) * LN_2;
    let mut under = 0.0;
    for i in 0..k {
        under += ln_term.exp();
        ln_term += ((n - i) as f64 / (i + 1) as f64).ln();
    }
    1.0 - 2.0 * under
}

/// The ratio of each value to its partner of the same round.
pub fn paired_ratios(values: &[f64], partners: &[f64]) -> Vec<f64> {
    values.iter().zip(partners).map(|(value, partner)| value / partner).collect()
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;
    use proptest::prelude::*;

    #[test]
    fn the_interval_has_the_ranks_of_the_published_table() {
        // Conover, Practical Nonparametric Statistics; the same ranks stand in the method.
        let table = [(6, 1), (8, 1), (9, 2), (11, 2), (12, 3), (15, 4), (17, 5), (20, 6), (25, 8), (30, 10), (100, 40)];
        for (n, rank) in table {
            assert_eq!(interval_rank(n), Some(rank), "n = {n}");
        }
    }

    #[test]
    fn five_values_are_too_few_for_an_interval() {
        for n in 0..6 {
            assert_eq!(interval_rank(n), None, "n = {n}");
        }
        assert_eq!(interval(&[1.0, 2.0, 3.0, 4.0, 5.0]), None);
    }

    #[test]
    fn the_confidence_is_that_of_counting_every_outcome() {
        // Brute force: each value is under the median or over it, 2^n equally likely outcomes.
        for n in 1..=16_usize {
            for k in 1..=n.div_ceil(2) {
                let enclosed =
                    (0_u32..1 << n).filter(|outcome| (k..=n - k).contains(&(outcome.count_ones() as usize))).count();
                let exact = enclosed as f64 / (1_u64 << n) as f64;
                assert!((confidence(n, k) - exact).abs() < 1e-12, "n = {n}, k = {k}");
            }
        }
    }

    #[test]
    fn the_rank_is_right_far_beyond_the_range_of_a_double() {
        // For large n the rank is n/2 - 0.98 sqrt(n), to within a rank or two.
        let rank = interval_rank(10_000).unwrap() as f64;
        assert!((rank - (5_000.0 - 98.0)).abs() <= 2.0, "{rank}");
    }

    #[test]
    fn the_interval_covers_the_true_median_as_often_as_it_promises() {
        let mut random = Rng::with_seed(20);
        for n in [6, 9, 12, 15, 20, 31] {
            let sessions = 4_000;
            let covered = (0..sessions)
                .filter(|_| {
                    // Skewed, as times are: the exponential distribution, whose median is ln 2.
                    let values: Vec<f64> = (0..n).map(|_| -(1.0 - random.f64()).ln()).collect();
                    let interval = interval(&values).unwrap();
                    (interval.low..=interval.high).contains(&LN_2)
                })
                .count();
            let share = covered as f64 / f64::from(sessions);
            let promised = confidence(n, interval_rank(n).unwrap());
            assert!((share - promised).abs() < 0.012, "n = {n}: {share}, promised {promised}");
        }
    }

    proptest! {
        #[test]
        fn half_of_the_values_lie_on_either_side_of_the_median(values in prop::collection::vec(0.0_f64..1e6, 1..60)) {
            let median = median(&values).unwrap();
            let under = values.iter().filter(|&&value| value < median).count();
            let over = values.iter().filter(|&&value| value > median).count();
            prop_assert!(under <= values.len() / 2 && over <= values.len() / 2);
        }

        #[test]
        fn the_interval_encloses_the_median_and_does_not_depend_on_order(mut values in prop::collection::vec(0.0_f64..1e6, 6..60)) {
            let first = interval(&values).unwrap();
            let median = median(&values).unwrap();
            prop_assert!(first.low <= median && median <= first.high);
            values.reverse();
            prop_assert_eq!(first, interval(&values).unwrap());
        }

        #[test]
        fn a_ratio_times_its_partner_gives_the_value_back(pairs in prop::collection::vec((1.0_f64..1e6, 1.0_f64..1e6), 1..40)) {
            let (values, partners): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
            for (ratio, (value, partner)) in paired_ratios(&values, &partners).iter().zip(pairs) {
                prop_assert!((ratio * partner / value - 1.0).abs() < 1e-12);
            }
        }
    }
}
