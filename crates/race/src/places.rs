//! Who was first, and what may be said of it. Ties are called ties.

use bench::analyse::verdict::{Verdict, least_order};
use bench::base::numbers::{duration, three_digits};
use bench::base::statistics::{Interval, USUAL, confidence, median};
use serde::Serialize;

/// How it ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// Those that finished, the fastest first.
    pub places: Vec<Place>,
    /// What may be said of it: sentences.
    pub words: Vec<String>,
}

/// Where one strategy is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    /// The place, from 1; those that tie have the same.
    pub place: usize,
    /// The strategy.
    pub name: String,
    /// Its time: the median over the rounds.
    pub time_us: f64,
    /// The time in words.
    pub time: String,
    /// How many times as long as the first it took, in words; none for those on the first place.
    pub behind: Option<String>,
    /// Tasks that failed, in all rounds.
    pub errors: u64,
}

/// What one strategy took in each round, in microseconds, and how many of its tasks failed.
#[derive(Clone, Debug)]
pub struct Times {
    /// The strategy.
    pub name: String,
    /// One for each round.
    pub elapsed_us: Vec<u64>,
    /// In all rounds.
    pub errors: u64,
}

/// Puts those that finished every round in order. A place is another's only if its time was longer by more than 5 % in every round.
pub fn standing(times: &[Times]) -> Standing {
    let rounds = times.iter().map(|times| times.elapsed_us.len()).max().unwrap_or(0);
    let mid = |times: &Times| median(&times.elapsed_us.iter().map(|us| *us as f64).collect::<Vec<_>>());
    let mut ordered: Vec<(&Times, f64)> = times.iter().filter_map(|times| Some((times, mid(times)?))).collect();
    ordered.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    let Some(&(winner, best)) = ordered.first() else {
        return Standing { places: Vec::new(), words: vec!["No strategy finished.".into()] };
    };
    let (mut place, mut first) = (1, winner);
    let places: Vec<Place> = ordered
        .iter()
        .enumerate()
        .map(|(number, (times, time))| {
            if is_slower(times, first) {
                (place, first) = (number + 1, times);
            }
            Place {
                place,
                name: times.name.clone(),
                time_us: *time,
                time: duration(*time),
                behind: (place > 1).then(|| three_digits(time / best)),
                errors: times.errors,
            }
        })
        .collect();
    let words = vec![answer(&places), certainty(rounds, places.len())];
    Standing { places, words }
}

fn is_slower(times: &Times, first: &Times) -> bool {
    let ratios =
        times.elapsed_us.iter().zip(&first.elapsed_us).map(|(one, other)| *one as f64 / (*other as f64).max(1.0));
    let (low, high) =
        ratios.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), ratio| (low.min(ratio), high.max(ratio)));
    // As `bench` has it where no strategy ran twice in a round: over 5 %.
    Verdict::of(Some(Interval { low, high }), least_order(None)) == Verdict::Slower
}

/// Who is on the first place, and how far behind the last one is.
fn answer(places: &[Place]) -> String {
    let firsts: Vec<&str> = places.iter().filter(|place| place.place == 1).map(|place| place.name.as_str()).collect();
    let who = match firsts.as_slice() {
        [one] => format!("{one} was first"),
        [front @ .., last] => format!("A tie: {} and {last}", front.join(", ")),
        [] => return String::new(),
    };
    let last =
        places.last().and_then(|last| Some(format!("; {} took {} times as long", last.name, last.behind.as_ref()?)));
    format!("{who}{}.", last.unwrap_or_default())
}

/// From how many rounds on the smallest and the largest ratio of each two of so many enclose the true median of theirs with 95 %
/// confidence, for all pairs at once (Bonferroni).
fn sure(strategies: usize) -> usize {
    let pairs = (strategies * strategies.saturating_sub(1) / 2).max(1);
    (1..).find(|rounds| confidence(*rounds, 1) >= 1.0 - (1.0 - USUAL) / pairs as f64).unwrap_or(usize::MAX)
}

/// How much that is worth.
fn certainty(rounds: usize, strategies: usize) -> String {
    let sure = sure(strategies);
    let more = "scripts/bench measures it";
    match rounds {
        1 => format!("One run each: within 5 % is a tie, and more may be chance; {more}."),
        _ if rounds < sure => format!(
            "{rounds} runs each: one is behind another only if it took over 5 % longer in each of them; with fewer than {sure} that may \
             be chance; {more}."
        ),
        _ => format!(
            "{rounds} runs each: one is behind another only if it took over 5 % longer in each of them, which is sure (95 %)."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(name: &str, elapsed_us: &[u64]) -> Times {
        Times { name: name.into(), elapsed_us: elapsed_us.to_vec(), errors: 0 }
    }

    fn order(standing: &Standing) -> Vec<(usize, &str)> {
        standing.places.iter().map(|place| (place.place, place.name.as_str())).collect()
    }

    #[test]
    fn what_is_within_five_percent_is_a_tie() {
        let standing = standing(&[
            times("a", &[1_000_000]),
            times("b", &[104_000]),
            times("c", &[100_000]),
            times("d", &[106_000]),
        ]);
        assert_eq!(order(&standing), [(1, "c"), (1, "b"), (3, "d"), (4, "a")]);
        assert_eq!(standing.places[3].behind.as_deref(), Some("10.0"));
        assert_eq!(standing.words[0], "A tie: c and b; a took 10.0 times as long.");
        assert!(standing.words[1].contains("One run each"), "{:?}", standing.words);
    }

    #[test]
    fn with_several_rounds_an_order_is_told_only_if_each_round_has_it() {
        let tie = standing(&[times("a", &[100, 150, 100]), times("b", &[130, 140, 130])]);
        assert_eq!(order(&tie), [(1, "a"), (1, "b")]);
        let order_is_clear = standing(&[times("a", &[100; 8]), times("b", &[110; 8])]);
        assert_eq!(order(&order_is_clear), [(1, "a"), (2, "b")]);
        assert!(order_is_clear.words[1].contains("sure (95 %)") && tie.words[1].contains("may be chance"));
        // Four make six pairs, five make ten: 1 - 2 / 2^8 is over 1 - 0.05 / 6, and 1 - 2 / 2^9 over 1 - 0.05 / 10.
        assert_eq!([2, 4, 5].map(sure), [6, 8, 9]);
    }

    #[test]
    fn where_none_finished_that_is_said() {
        assert_eq!(standing(&[]).words, ["No strategy finished."]);
    }
}
