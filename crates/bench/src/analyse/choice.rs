//! Which strategy to take: the fastest, or one that is the same as it and costs less.

use serde::{Deserialize, Serialize};

use super::pairs::interval_among;
use super::verdict::Verdict;
use crate::base::statistics::{Interval, confidence, median, paired_ratios};

/// Memory or processor time that differs by less than this share decides nothing.
const CHEAPER: f64 = 0.1;

/// A strategy as it was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Microseconds, one for each round; all candidates have the same rounds.
    pub times: Vec<f64>,
    /// Bytes of the whole tree of processes at its peak, the median.
    pub memory: f64,
    /// Processor time, the median.
    pub cpu: f64,
    /// Its place in the list of strategies from the simplest to write.
    pub simplicity: usize,
}

/// Why one is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Nothing else is the same as it.
    Fastest,
    /// Of those that are the same it needs the least memory.
    Memory,
    /// Of those that are the same, and need as little memory, it needs the least processor time.
    Cpu,
    /// Of those that are the same, and cost the same, it is the simplest to write.
    Simplest,
}

/// What the candidates' samples allow to say. Candidates are named by their place in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The one with the least median.
    pub fastest: usize,
    /// Each beside the fastest: the median of the rounds' ratios, its interval, and the word for it. The fastest is the same as itself.
    pub beside: Vec<(f64, Option<Interval>, Verdict)>,
    /// Whether those that are the same as the fastest are the same as each other, too.
    pub all_the_same: bool,
    /// The one to take.
    pub take: usize,
    /// Why.
    pub reason: Reason,
}

/// Judges every pair, each interval with the confidence with which those of all pairs hold at once at 95 %, and takes, of those that are
/// the same as the fastest, the cheapest in memory, then in processor time, then the simplest. Within `band` two are the same. `None`
/// without a candidate, or where one has no samples.
pub fn choose(candidates: &[Candidate], band: f64) -> Option<Choice> {
    let medians: Vec<f64> = candidates.iter().map(|candidate| median(&candidate.times)).collect::<Option<_>>()?;
    let fastest = (0..medians.len()).min_by(|one, other| medians[*one].total_cmp(&medians[*other]))?;
    let pair = |one: usize, other: usize| {
        let ratios = paired_ratios(&candidates[one].times, &candidates[other].times);
        let interval = interval_among(&ratios, candidates.len());
        (median(&ratios).unwrap_or(1.0), interval, Verdict::of(interval, band))
    };
    let beside_fastest = |place: usize| match place == fastest {
        true => (1.0, None, Verdict::TheSame),
        false => pair(place, fastest),
    };
    let beside: Vec<_> = (0..candidates.len()).map(beside_fastest).collect();
    let same: Vec<usize> = (0..candidates.len()).filter(|place| beside[*place].2 == Verdict::TheSame).collect();
    let is_same = |one: usize, other: usize| pair(one, other).2 == Verdict::TheSame;
    let all_the_same =
        same.iter().enumerate().all(|(at, one)| same[at + 1..].iter().all(|other| is_same(*one, *other)));
    let (take, reason) = cheapest(candidates, &same)?;
    Some(Choice { fastest, beside, all_the_same, take, reason })
}

/// What a candidate costs.
type Figure = fn(&Candidate) -> f64;

/// The cheapest of those in `same`, and by what it is. Each figure leaves those that are within a tenth of the least of it, so that the
/// order in which they are looked at decides nothing.
fn cheapest(candidates: &[Candidate], same: &[usize]) -> Option<(usize, Reason)> {
    let mut left = same.to_vec();
    if let [only] = left[..] {
        return Some((only, Reason::Fastest));
    }
    let figures: [(Reason, Figure); 2] = [(Reason::Memory, |one| one.memory), (Reason::Cpu, |one| one.cpu)];
    for (reason, figure) in figures {
        let least = left.iter().map(|place| figure(&candidates[*place])).fold(f64::INFINITY, f64::min);
        left.retain(|place| figure(&candidates[*place]) <= least * (1.0 + CHEAPER));
        if let [only] = left[..] {
            return Some((only, reason));
        }
    }
    let simplest = left.into_iter().min_by_key(|place| candidates[*place].simplicity)?;
    Some((simplest, Reason::Simplest))
}

/// The fewest rounds with which every pair of so many candidates can be judged; and as many that one odd round on either side spoils nothing.
pub fn rounds_for(candidates: usize) -> [usize; 2] {
    let pairs = (candidates * candidates.saturating_sub(1) / 2).max(1);
    let least = 1.0 - 0.05 / pairs as f64;
    [1, 2].map(|rank| (2 * rank..).find(|rounds| confidence(*rounds, rank) >= least).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;

    /// A strategy that takes `time`, in rounds that drift, with skewed noise: `noise` on average.
    fn stand_in(
        random: &mut Rng,
        rounds: usize,
        time: f64,
        noise: f64,
        [memory, cpu]: [f64; 2],
        simplicity: usize,
    ) -> Candidate {
        let sample = |round: usize| time * (1.0 + 0.02 * round as f64) * (1.0 - noise * random.f64().ln());
        Candidate { times: (0..rounds).map(sample).collect(), memory, cpu, simplicity }
    }

    /// How often, in a thousand runs, the right one of these was taken, and those of the tie were called the same; and the largest regret.
    fn simulate(
        rounds: usize,
        noise: f64,
        costs: &[(f64, [f64; 2])],
        right: usize,
        tie: &[usize],
    ) -> (usize, usize, f64) {
        let mut random = Rng::with_seed(15);
        let best = costs.iter().map(|(time, _)| *time).fold(f64::INFINITY, f64::min);
        let (mut picked, mut tied, mut regret) = (0, 0, 0.0_f64);
        for _ in 0..1_000 {
            let stand_in = |(place, (time, costs)): (usize, &(f64, [f64; 2]))| {
                stand_in(&mut random, rounds, *time, noise, *costs, place)
            };
            let candidates: Vec<Candidate> = costs.iter().enumerate().map(stand_in).collect();
            let choice = choose(&candidates, 0.05).unwrap();
            picked += usize::from(choice.take == right);
            let same = |place: &usize| choice.beside[*place].2 == Verdict::TheSame;
            tied += usize::from(tie.iter().all(same) && choice.all_the_same);
            regret = regret.max(costs[choice.take].0 / best - 1.0);
        }
        (picked, tied, regret)
    }

    #[test]
    fn of_five_stand_ins_the_right_one_is_taken_and_ties_are_ties_in_95_of_100_runs() {
        // One by one needs least and is slow; the third is as fast as the second with half of its memory; the fourth is in between.
        let costs = [(4.0, [1.0, 1.0]), (1.0, [8.0, 1.0]), (1.0, [4.0, 1.0]), (1.3, [2.0, 1.0]), (1.15, [2.0, 1.0])];
        let [fewest, enough] = rounds_for(costs.len());
        let (right, ties, regret) = simulate(enough, 0.01, &costs, 2, &[1, 2]);
        assert!(right >= 950 && ties >= 950 && regret <= 0.1, "{right}, {ties}, {regret}");
        // With the fewest rounds one odd one spoils a tie, and a pick is still no mistake.
        let (right, _, regret) = simulate(fewest, 0.01, &costs, 2, &[1, 2]);
        assert!(right >= 950 && regret <= 0.1, "{right}, {regret}");
    }

    #[test]
    fn without_one_by_one_the_fewest_rounds_hold_it_too() {
        let costs = [(1.0, [8.0, 1.0]), (1.0, [4.0, 1.0]), (1.3, [2.0, 1.0]), (1.15, [2.0, 1.0])];
        let (right, ties, regret) = simulate(rounds_for(costs.len())[0], 0.01, &costs, 1, &[0, 1]);
        assert!(right >= 950 && ties >= 950 && regret <= 0.1, "{right}, {ties}, {regret}");
    }

    #[test]
    fn a_tie_that_costs_the_same_is_decided_by_the_processor_time_and_then_by_the_simplest() {
        let cpu = [(1.0, [4.0, 2.0]), (1.0, [4.1, 1.0]), (1.5, [1.0, 1.0])];
        let simplest = [(1.0, [4.1, 1.0]), (1.0, [4.0, 1.05]), (1.0, [4.2, 1.0])];
        for (costs, right, tie) in [(cpu, 1, vec![0, 1]), (simplest, 0, vec![0, 1, 2])] {
            let (picked, ties, regret) = simulate(rounds_for(3)[1], 0.01, &costs, right, &tie);
            assert!(picked >= 950 && ties >= 950 && regret <= 0.1, "{picked}, {ties}, {regret}");
        }
    }

    #[test]
    fn on_a_loud_machine_no_pick_costs_over_a_tenth() {
        let costs = [(2.0, [1.0, 1.0]), (1.0, [8.0, 1.0]), (1.08, [4.0, 1.0]), (1.3, [2.0, 1.0])];
        for noise in [0.02, 0.05, 0.1] {
            let (_, _, regret) = simulate(rounds_for(costs.len())[1], noise, &costs, 1, &[]);
            assert!(regret <= 0.1, "noise {noise}: {regret}");
        }
    }

    #[test]
    fn the_order_of_the_candidates_decides_nothing() {
        let one = |memory, cpu, simplicity| Candidate { times: vec![1.0; 9], memory, cpu, simplicity };
        // Each is within a tenth of the next: by pairs, a beats b, b beats c, and c beats a.
        let three = [one(1.0, 3.0, 0), one(1.09, 2.0, 1), one(1.18, 1.0, 2)];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let candidates = order.map(|place: usize| three[place].clone());
            let choice = choose(&candidates, 0.05).unwrap();
            assert_eq!((order[choice.take], choice.reason), (1, Reason::Cpu));
        }
    }

    #[test]
    fn one_alone_is_the_fastest_and_without_samples_there_is_no_choice() {
        let one = Candidate { times: vec![1.0; 9], memory: 1.0, cpu: 1.0, simplicity: 1 };
        let choice = choose(std::slice::from_ref(&one), 0.05).unwrap();
        assert_eq!((choice.take, choice.reason), (0, Reason::Fastest));
        assert_eq!(choose(&[], 0.05), None);
        assert_eq!(choose(&[Candidate { times: vec![], ..one }], 0.05), None);
    }

    #[test]
    fn more_candidates_ask_for_more_rounds() {
        assert_eq!([2, 3, 4, 5, 6].map(rounds_for), [[6, 9], [7, 11], [8, 12], [9, 13], [10, 14]]);
    }
}
