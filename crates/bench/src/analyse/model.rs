//! What a run should take, from what is known before it: the server's delays, the processor time of an item, the
//! processors, and what it costs to start. It is said before the measurement, so that a model that is off shows.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::record::choosing::Limit;

/// A prediction may miss the measured time by this share; beyond it the model leaves something out.
pub const CLOSE: f64 = 0.1;
/// What more at once gains beyond the knee is less than this share.
const KNEE: f64 = 0.05;

/// What a strategy costs, the work itself included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// From the start of the program until its first request.
    pub start_up: Duration,
    /// What each answer is late beyond its delay while nothing computes: timers, and the way to and fro.
    pub late: Duration,
    /// Processor time of each item, that of the server on the same machine included.
    pub per_item: Duration,
    /// How many items wait for the server at once; one by one is 1.
    pub at_once: usize,
    /// How many processors there are for all of it.
    pub processors: usize,
}

/// What the model says of one strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// From the start of the program to its end.
    pub wall: Duration,
    /// What makes up most of it.
    pub limit: Limit,
}

/// How far a predicted time is from the measured one, as a share of that; over 0 where the prediction is too long. `None` for a
/// measured time of 0.
pub fn error(predicted_us: f64, measured_us: f64) -> Option<f64> {
    (measured_us > 0.0).then(|| predicted_us / measured_us - 1.0)
}

/// The wall time of items with these delays, in the order in which they are started.
///
/// Each worker, as soon as it is free, takes the next item, waits for its delay, then queues for a processor. A processor
/// serves whoever came first. (The waiting alone is [`super::bounds::makespan`].)
pub fn predict(delays: &[Duration], cost: Cost) -> Prediction {
    let late: Vec<Duration> = delays.iter().map(|delay| *delay + cost.late).collect();
    let waiting = schedule(&late, Duration::ZERO, cost.at_once, 1);
    let work = schedule(&late, cost.per_item, cost.at_once, cost.processors);
    let longest = late.iter().max().copied().unwrap_or_default() + cost.per_item;
    let computing = cost.per_item.saturating_mul(whole(delays.len())) / whole(cost.processors.max(1));
    let limit = if cost.start_up > work {
        Limit::StartUp
    } else if computing >= waiting {
        Limit::Processors
    } else if work <= longest.saturating_add(longest / 10) {
        Limit::Delays
    } else {
        Limit::AtOnce
    };
    Prediction { wall: cost.start_up + work, limit }
}

/// The fewest at once, up to `most`, with which the prediction is within a twentieth of the best; and that prediction.
pub fn knee(delays: &[Duration], cost: Cost, most: usize) -> (usize, Duration) {
    let most = most.min(delays.len()).max(1);
    let wall = |at_once: usize| predict(delays, Cost { at_once, ..cost }).wall;
    let steps = std::iter::successors(Some(1_usize), |at_once| Some(at_once + at_once.div_ceil(4)));
    let tried: Vec<(usize, Duration)> =
        steps.take_while(|at_once| *at_once < most).chain([most]).map(|at_once| (at_once, wall(at_once))).collect();
    let best = tried.iter().map(|(_, wall)| *wall).min().unwrap_or_default();
    let near = |(_, wall): &&(usize, Duration)| wall.as_secs_f64() <= best.as_secs_f64() * (1.0 + KNEE);
    tried.iter().find(near).copied().unwrap_or((most, best))
}

fn whole(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// When the last item is done: waits of `delays` on `at_once` workers, `per_item` on `processors`.
fn schedule(delays: &[Duration], per_item: Duration, at_once: usize, processors: usize) -> Duration {
    let most = delays.len().max(1);
    let mut processor_free: BinaryHeap<Reverse<Duration>> =
        (0..processors.clamp(1, most)).map(|_| Reverse(Duration::ZERO)).collect();
    // The items under way, the first to be ready on top. A worker's next item starts when its last one is computed.
    let mut waiting = BinaryHeap::new();
    let mut next = delays.iter();
    waiting.extend(next.by_ref().take(at_once.max(1)).map(|delay| Reverse(*delay)));
    let mut last = Duration::ZERO;
    while let Some(Reverse(ready)) = waiting.pop() {
        let Reverse(free) = processor_free.pop().unwrap_or(Reverse(Duration::ZERO));
        let done = ready.max(free) + per_item;
        processor_free.push(Reverse(done));
        last = last.max(done);
        waiting.extend(next.next().map(|delay| Reverse(done + *delay)));
    }
    last
}

/// A straight line through the times of two sizes: what it costs to start, and what each item costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Microseconds before the first item.
    pub start: f64,
    /// Microseconds for each item.
    pub per_item: f64,
}

impl Line {
    /// The line through two measured sizes, each a number of items and its microseconds; `None` if they are the same size.
    pub fn through(few: (usize, f64), many: (usize, f64)) -> Option<Self> {
        (few.0 != many.0).then(|| {
            let per_item = (many.1 - few.1) / (many.0 as f64 - few.0 as f64);
            Self { start: few.1 - per_item * few.0 as f64, per_item }
        })
    }

    /// What this many items take.
    pub fn at(&self, items: usize) -> f64 {
        self.start + self.per_item * items as f64
    }

    /// The least number of items from which on this is faster than `other`; `None` if it never is.
    pub fn pays_from(&self, other: &Self) -> Option<usize> {
        let (dearer, saved) = (self.start - other.start, other.per_item - self.per_item);
        // One that saves nothing with an item may be ahead at first, and falls behind.
        (saved > 0.0).then(|| ((dearer / saved).floor() + 1.0).max(1.0) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::bounds::makespan;
    use proptest::prelude::*;

    const MS: Duration = Duration::from_millis(1);

    fn cost(start_up: u32, per_item: u32, at_once: usize, processors: usize) -> Cost {
        Cost { start_up: start_up * MS, late: Duration::ZERO, per_item: per_item * MS, at_once, processors }
    }

    #[test]
    fn one_by_one_takes_the_sum_of_waits_and_work() {
        let prediction = predict(&[10 * MS, 20 * MS, 30 * MS], cost(5, 2, 1, 1));
        assert_eq!(prediction, Prediction { wall: 71 * MS, limit: Limit::AtOnce });
        let late = predict(&[10 * MS, 20 * MS, 30 * MS], Cost { late: MS, ..cost(5, 2, 1, 1) });
        assert_eq!(late.wall, 74 * MS);
    }

    #[test]
    fn all_at_once_takes_the_longest_delay() {
        let prediction = predict(&[100 * MS; 50], cost(5, 0, 50, 2));
        assert_eq!(prediction, Prediction { wall: 105 * MS, limit: Limit::Delays });
    }

    #[test]
    fn work_without_delays_is_divided_among_the_processors() {
        assert_eq!(predict(&[Duration::ZERO; 10], cost(1, 4, 10, 2)).wall, 21 * MS);
        assert_eq!(predict(&[Duration::ZERO; 10], cost(1, 4, 10, 1)).wall, 41 * MS);
        assert_eq!(predict(&[Duration::ZERO; 10], cost(1, 4, 10, 2)).limit, Limit::Processors);
    }

    #[test]
    fn a_long_start_is_the_limit_of_little_work() {
        assert_eq!(predict(&[MS], cost(50, 0, 4, 2)).limit, Limit::StartUp);
        assert_eq!(predict(&[], cost(50, 0, 4, 2)).wall, 50 * MS);
    }

    #[test]
    fn the_knee_is_where_the_processors_are_busy_or_the_longest_delay_is_reached() {
        // 100 ms of waiting and 10 ms on one of two processors: 22 at once keep both busy.
        let (at_once, wall) = knee(&[100 * MS; 1_000], cost(0, 10, 1, 2), 1_000);
        assert!((20..=27).contains(&at_once) && wall < 5_500 * MS, "{at_once} {wall:?}");
        assert_eq!(knee(&[100 * MS; 50], cost(0, 0, 1, 2), 1_000).0, 50, "all of them");
        assert_eq!(knee(&[100 * MS; 50], cost(0, 0, 1, 2), 10), (10, 500 * MS), "as many as there may be");
        assert_eq!(knee(&[Duration::ZERO; 50], cost(0, 10, 1, 2), 50).0, 2);
    }

    #[test]
    fn a_dear_start_pays_from_the_item_where_the_lines_cross() {
        let one_by_one = Line::through((10, 1.0), (20, 2.0)).unwrap();
        let pool = Line { start: 0.5, per_item: 0.01 };
        assert_eq!(pool.pays_from(&one_by_one), Some(6));
        assert_eq!(one_by_one.pays_from(&pool), None);
        assert_eq!(Line { start: 0.0, per_item: 0.01 }.pays_from(&one_by_one), Some(1));
        assert_eq!(Line::through((10, 1.0), (10, 2.0)), None);
        assert!((one_by_one.at(35) - 3.5).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn waiting_alone_is_the_greedy_list_schedule(delays in prop::collection::vec(0_u64..50, 0..40), workers in 1_usize..9) {
            let waits: Vec<_> = delays.iter().map(|delay| Duration::from_millis(*delay)).collect();
            prop_assert_eq!(schedule(&waits, Duration::ZERO, workers, 1), Duration::from_millis(makespan(&delays, workers)));
        }

        #[test]
        fn no_prediction_is_under_the_work_or_over_one_by_one(
            delays in prop::collection::vec(0_u32..50, 1..40), at_once in 1_usize..9, processors in 1_usize..5, cpu in 0_u32..9,
        ) {
            let waits: Vec<_> = delays.iter().map(|delay| *delay * MS).collect();
            let wall = predict(&waits, cost(3, cpu, at_once, processors)).wall;
            let alone = predict(&waits, cost(3, cpu, 1, 1)).wall;
            let least = cpu * MS * u32::try_from(waits.len()).unwrap() / u32::try_from(processors).unwrap();
            prop_assert!(wall <= alone && wall >= least);
        }
    }
}
