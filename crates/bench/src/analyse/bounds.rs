//! How fast the work could be at best: what no strategy can beat, whatever it does.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::plan::primes::PRIMES;

/// When the last task ends if each worker, as soon as it is free, takes the next task of the list: greedy list
/// scheduling. (Graham, *Bounds on Multiprocessing Timing Anomalies*, 1969.) In whatever unit the durations are.
///
/// `common` has its own, for the ceiling that `primes` prints: nothing that is measured is linked here, nor this there.
///
/// It is what a pool with no cost of its own would reach in this order. Another order may be better, by at most a
/// factor of 2 - 1/workers.
pub fn makespan(durations: &[u64], workers: usize) -> u64 {
    let mut free_at: BinaryHeap<Reverse<u64>> =
        (0..workers.clamp(1, durations.len().max(1))).map(|_| Reverse(0)).collect();
    let mut last = 0;
    for duration in durations {
        // There is always a worker: the heap has one entry each, and every one that is taken is put back.
        let Reverse(start) = free_at.pop().unwrap_or(Reverse(0));
        last = last.max(start + duration);
        free_at.push(Reverse(start + duration));
    }
    last
}

/// How many times faster than one by one any machine can be: the longest task is never split.
pub fn ceiling(durations: &[u64]) -> Option<f64> {
    let longest = *durations.iter().max().filter(|&&longest| longest > 0)?;
    Some(durations.iter().sum::<u64>() as f64 / longest as f64)
}

/// The divisions that it takes to check each of the chapter's numbers, give or take the same factor, the most first: up to
/// the smallest divisor, or to the square root. All of the composite ones have a divisor up to 7 or are squares.
pub fn prime_divisions() -> Vec<u64> {
    let divisions = |(number, _): (u64, bool)| {
        let small = [2, 3, 5, 7].into_iter().find(|divisor| number > *divisor && number.is_multiple_of(*divisor));
        small.unwrap_or(number.isqrt())
    };
    let mut all = PRIMES.map(divisions).to_vec();
    all.sort_by_key(|divisions| Reverse(*divisions));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_worker_takes_the_sum_and_enough_workers_take_the_longest() {
        assert_eq!(makespan(&[3, 1, 4, 1, 5], 1), 14);
        assert_eq!(makespan(&[3, 1, 4, 1, 5], 5), 5);
        assert_eq!(makespan(&[3, 1, 4, 1, 5], 500), 5);
        assert_eq!(makespan(&[], 3), 0);
        assert_eq!(makespan(&[7], 0), 7);
    }

    #[test]
    fn the_anomaly_that_graham_describes_comes_out() {
        // Two workers, the longest task last: 2 + 4 = 6, although 4 would do with the longest first.
        assert_eq!(makespan(&[2, 2, 4], 2), 6);
        assert_eq!(makespan(&[4, 2, 2], 2), 4);
    }

    #[test]
    fn the_ceiling_of_equal_tasks_is_their_number() {
        assert_eq!(ceiling(&[5; 8]), Some(8.0));
        assert_eq!(ceiling(&[10, 5, 5]), Some(2.0));
        assert_eq!(ceiling(&[]), None);
        assert_eq!(ceiling(&[0, 0]), None);
    }

    #[test]
    fn the_primes_have_the_ceiling_that_is_known() {
        // Measured elsewhere: the largest is 11.5 % of the work; two workers reach 1.94, the longest first.
        let divisions = prime_divisions();
        let total: u64 = divisions.iter().sum();
        assert!((ceiling(&divisions).unwrap() - 8.67).abs() < 0.005);
        assert!((total as f64 / makespan(&divisions, 2) as f64 - 1.94).abs() < 0.06);
        for (number, is_prime) in PRIMES {
            let has_small = [2, 3, 5, 7].iter().any(|divisor| number % divisor == 0 && number > *divisor);
            let is_square = number.isqrt().pow(2) == number;
            assert_eq!(is_prime, !has_small && !is_square, "{number}");
        }
    }

    /// The shortest makespan of all the ways to deal the tasks to the workers.
    fn exhaustive(durations: &[u64], workers: usize) -> u64 {
        (0..workers.pow(durations.len() as u32))
            .map(|mut deal| {
                let mut loads = vec![0; workers];
                for duration in durations {
                    loads[deal % workers] += duration;
                    deal /= workers;
                }
                loads.into_iter().max().unwrap_or(0)
            })
            .min()
            .unwrap_or(0)
    }

    /// The same schedule, moment by moment: at each tick, idle workers take the next task.
    fn ticked(durations: &[u64], workers: usize) -> u64 {
        let mut left = vec![0; workers];
        let (mut next, mut now) = (0, 0);
        loop {
            for worker in &mut left {
                while *worker == 0 && next < durations.len() {
                    *worker = durations[next];
                    next += 1;
                }
            }
            if left.iter().all(|&left| left == 0) {
                return now;
            }
            left.iter_mut().for_each(|left| *left = left.saturating_sub(1));
            now += 1;
        }
    }

    proptest! {
        #[test]
        fn greedy_is_never_under_the_best_deal_and_within_grahams_factor(
            durations in prop::collection::vec(1_u64..30, 1..8), workers in 1_usize..4,
        ) {
            let best = exhaustive(&durations, workers);
            let greedy = makespan(&durations, workers);
            prop_assert!(best <= greedy);
            // greedy <= (2 - 1/workers) best, without fractions.
            prop_assert!(greedy * workers as u64 <= best * (2 * workers as u64 - 1));
        }

        #[test]
        fn the_best_of_all_orders_is_the_best_deal(durations in prop::collection::vec(1_u64..30, 1..6), workers in 1_usize..4) {
            let best = permutations(&durations).iter().map(|order| makespan(order, workers)).min();
            prop_assert_eq!(best, Some(exhaustive(&durations, workers)));
        }

        #[test]
        fn the_heap_gives_what_a_clock_would(durations in prop::collection::vec(1_u64..20, 0..40), workers in 1_usize..9) {
            prop_assert_eq!(makespan(&durations, workers), ticked(&durations, workers));
        }
    }

    fn permutations(items: &[u64]) -> Vec<Vec<u64>> {
        if items.is_empty() {
            return vec![vec![]];
        }
        (0..items.len())
            .flat_map(|first| {
                let mut rest = items.to_vec();
                let head = rest.remove(first);
                permutations(&rest).into_iter().map(move |mut tail| {
                    tail.insert(0, head);
                    tail
                })
            })
            .collect()
    }
}
