//! What a budget has room for: how many rounds, of how many items, and whether one by one is measured at all.

use std::time::Duration;

use crate::analyse::choice::rounds_for;
use crate::analyse::model::{Cost, predict};

/// What a run costs the session beside its time: to empty a folder, to ask the server, to check the answer; and so for each item.
const EACH_RUN: Duration = Duration::from_millis(8);
const EACH_ITEM: Duration = Duration::from_micros(60);
/// What is shorter is run again and again until it took so long together, so many times at most: as the session does.
const SHORT: Duration = Duration::from_millis(100);
const MOST_RUNS: f64 = 20.0;
/// The share of the budget that the small runs may take, and how many each strategy has of them.
const FEW: f64 = 0.2;
const FEW_RUNS: u32 = 3;
/// The fewest items of a run, where the budget asks for fewer than there are.
const FEWEST: usize = 20;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// The rounds after the first, which is the proof.
    pub rounds: usize,
    /// The items of a run.
    pub items: usize,
    /// The items of a small run.
    pub few: Option<usize>,
    /// Whether one by one is measured with as many.
    pub one_by_one: bool,
    /// What all of it should take.
    pub takes: Duration,
}

/// What `budget` has room for, for these strategies and the server's delays; the first of the strategies is one by one.
///
/// What does not fit is given up in this order: one by one with many items; the rounds beyond the fewest that judge every pair; items. These
/// are never under twenty, whatever that takes.
pub fn room(delays: &[Duration], costs: &[Cost], budget: Duration, fixed_rounds: Option<usize>) -> Room {
    let all = delays.len();
    let sum = |items: usize, costs: &[Cost]| -> Duration {
        costs.iter().map(|cost| session_time(&delays[..items], *cost)).sum()
    };
    let small = |items: usize| sum(items, costs) * FEW_RUNS;
    // A fifth of all at most: two sizes that are near each other draw no line.
    let few = (2..=all / 5).take(MOST_FEW).take_while(|items| small(*items) <= budget.mul_f64(FEW)).last();
    let few = few.or((all >= 4).then_some(2));
    let room = |items: usize, one_by_one: bool, spare: usize| {
        let measured = &costs[usize::from(!one_by_one)..];
        let rounds = fixed_rounds.unwrap_or(rounds_for(measured.len())[spare]);
        let few = few.filter(|few| *few < items);
        let control = sum(items, &measured[..measured.len().min(1)]);
        let takes = in_rounds(sum(items, measured) + control, rounds) + few.map(small).unwrap_or_default();
        Room { rounds, items, few, one_by_one, takes }
    };
    let whole = [(true, 1), (false, 1), (false, 0)].map(|(one_by_one, spare)| room(all, one_by_one, spare));
    whole.into_iter().find(|room| room.takes <= budget).unwrap_or_else(|| {
        // Full twenties, as a workload has them.
        let [mut low, mut high] = [1, all / FEWEST];
        while low < high {
            let middle = (low + high).div_ceil(2);
            if room(middle * FEWEST, false, 0).takes <= budget {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        room(if all <= FEWEST { all } else { low * FEWEST }, false, 0)
    })
}

/// The most items of a small run: more of them tell nothing more of the start.
const MOST_FEW: usize = 200;

/// What a strategy takes of a round.
fn session_time(delays: &[Duration], cost: Cost) -> Duration {
    in_session(predict(delays, cost).wall, delays.len())
}

/// What a run of this time with so many items takes of a round, with its checks.
pub fn in_session(wall: Duration, items: usize) -> Duration {
    let runs = (SHORT.as_secs_f64() / wall.as_secs_f64().max(1e-3)).ceil().clamp(1.0, MOST_RUNS);
    (wall + EACH_RUN + EACH_ITEM * u32::try_from(items).unwrap_or(u32::MAX)).mul_f64(runs)
}

/// The round of the proof, and the others.
fn in_rounds(once: Duration, rounds: usize) -> Duration {
    once * u32::try_from(rounds + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn costs(per_item: Duration) -> Vec<Cost> {
        let cost = |at_once| Cost { start_up: 5 * MS, late: MS, per_item, at_once, processors: 2 };
        [1, 100, 100, 100].map(cost).to_vec()
    }

    #[test]
    fn a_small_work_is_measured_whole_with_rounds_to_spare() {
        let room = room(&[MS; 100], &costs(MS / 10), Duration::from_secs(60), None);
        assert_eq!((room.rounds, room.items, room.one_by_one), (12, 100, true));
        assert!(
            room.few.is_some_and(|few| (2..=20).contains(&few)) && room.takes <= Duration::from_secs(60),
            "{room:?}"
        );
    }

    #[test]
    fn one_by_one_is_given_up_first_then_rounds_and_then_items() {
        let delays = vec![190 * MS; 500];
        let at = |seconds| room(&delays, &costs(MS / 10), Duration::from_secs(seconds), None);
        assert!(at(3_000).one_by_one);
        let [second, third, fourth] = [70, 50, 20].map(at);
        assert_eq!((second.rounds, second.items, second.one_by_one), (11, 500, false), "three strategies are left");
        assert_eq!((third.rounds, third.items, third.one_by_one), (7, 500, false), "{third:?}");
        assert!(fourth.rounds == 7 && fourth.items < 500 && fourth.items.is_multiple_of(20), "{fourth:?}");
        assert!(fourth.takes <= Duration::from_secs(20), "{fourth:?}");
    }

    #[test]
    fn a_budget_without_room_is_broken_by_as_little_as_can_be() {
        let room = room(&vec![MS; 1_000], &costs(100 * MS), Duration::from_secs(1), None);
        assert_eq!((room.items, room.rounds, room.few), (20, 7, Some(2)));
        let single = super::room(&[MS], &costs(MS), Duration::from_secs(60), None);
        assert_eq!((single.items, single.few), (1, None), "one item has no second size");
    }
}
