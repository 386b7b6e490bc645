//! The contenders beside each other: every pair is judged, by the two runs of the same round, so that all that is said of them holds at once.

use serde::{Deserialize, Serialize};

use crate::analyse::rounds::Rounds;
use crate::analyse::verdict::Verdict;
use crate::base::statistics::{Interval, USUAL, interval_at, median};
use crate::plan::workload::Time;

/// Two contenders beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The one that is judged.
    pub one: String,
    /// The other.
    pub other: String,
    /// The word for the one beside the other. The words for all pairs of a table hold at once with 95 % confidence.
    pub verdict: Verdict,
    /// The time of the one over that of the other: the median over the rounds that both took part in.
    #[serde(default)]
    pub ratio: Option<f64>,
}

/// Every pair of `contenders`. A difference is one from `least` on, and within `band` two are the same.
pub(crate) fn pairs(contenders: &[(&str, Rounds)], time: Time, least: f64, band: f64) -> Vec<Pair> {
    let with_later = |(place, (one, rounds)): (usize, &(&str, Rounds))| {
        let pair = |(other, others): &(&str, Rounds)| {
            let ratios = rounds.ratios(others, time);
            Pair {
                one: one.to_string(),
                other: other.to_string(),
                verdict: Verdict::apart(interval_among(&ratios, contenders.len()), least, band),
                ratio: median(&ratios),
            }
        };
        contenders[place + 1..].iter().map(pair).collect::<Vec<_>>()
    };
    contenders.iter().enumerate().flat_map(with_later).collect()
}

/// The interval of a pair's ratios where each of so many contenders is compared with each other: those of all pairs hold at once at 95 %
/// (Bonferroni). None where there are too few ratios for it: three contenders ask for seven.
pub fn interval_among(ratios: &[f64], contenders: usize) -> Option<Interval> {
    let pairs = contenders * contenders.saturating_sub(1) / 2;
    interval_at(ratios, 1.0 - (1.0 - USUAL) / pairs.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample::Sample;

    /// Nine rounds on a machine that gets slower and slower, in which each contender takes so many times as long as the round's own time.
    fn judged(contenders: &[(&str, [f64; 2])]) -> Vec<Pair> {
        let samples: Vec<Vec<Sample>> = contenders
            .iter()
            .map(|(_, factors)| {
                let wall = |round: usize| (1e6 * (1.0 + 0.1 * round as f64) * factors[round % 2]) as u64;
                (1..10).map(|round| Sample { round, wall_us: wall(round), ..Sample::default() }).collect()
            })
            .collect();
        let rounds = samples.iter().map(|samples| Rounds::new(samples.iter()));
        let contenders: Vec<_> = contenders.iter().map(|(name, _)| *name).zip(rounds).collect();
        pairs(&contenders, Time::Wall, 0.01, 0.05)
    }

    #[test]
    fn one_that_is_always_a_little_slower_is_slower_and_one_that_is_so_now_and_then_is_the_same() {
        let found = judged(&[("a", [1.0; 2]), ("b", [0.98, 1.02]), ("c", [1.047, 1.049])]);
        let words: Vec<_> = found.iter().map(|pair| (pair.one.as_str(), pair.other.as_str(), pair.verdict)).collect();
        let right = [("a", "b", Verdict::TheSame), ("a", "c", Verdict::Faster), ("b", "c", Verdict::Faster)];
        assert_eq!(words, right);
        assert!((found[1].ratio.unwrap() - 1.0 / 1.049).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn the_more_pairs_there_are_the_more_rounds_they_ask_for() {
        let rounds = |count| vec![1.0; count];
        assert!(interval_among(&rounds(6), 2).is_some() && interval_among(&rounds(6), 3).is_none());
        assert!(interval_among(&rounds(7), 3).is_some() && interval_among(&rounds(5), 2).is_none());
    }
}
