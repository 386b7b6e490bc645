//! How fast the checks could have been at best.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    thread,
    time::Duration,
};

use super::{Check, Sample};
use crate::workloads::list::TaskList;

/// What no run of these tasks can be faster than, each taking the processor time that it took.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ceiling {
    /// All tasks together.
    pub work: Duration,
    /// The longest task: no number of workers is faster than that.
    pub longest: Duration,
    /// With a CPU for each worker: the tasks in their order, each to the first worker that is free. With fewer CPUs: all of them always
    /// busy, since the system divides a task among them, or the longest task.
    pub best: Duration,
    /// The CPUs that the workers had to share, if they were fewer.
    pub cpus: Option<usize>,
}

impl Ceiling {
    /// The ceiling of a run whose tasks all gave an answer; `None` if one did not.
    pub fn of(list: &TaskList<Check>, samples: &[Sample]) -> Option<Self> {
        let answers = samples.iter().map(|sample| sample.answer.as_ref().ok().map(|answer| (sample.task, answer)));
        let taken = answers.collect::<Option<BTreeMap<_, _>>>()?;
        let taken = |task: &Check| Some(Duration::from_micros(taken.get(&task.number)?.cpu));
        let times = list.tasks.iter().map(taken).collect::<Option<Vec<_>>>()?;
        let cpus = if list.on_event_loop { 1 } else { thread::available_parallelism().map_or(1, usize::from) };
        Some(Self::on(cpus, list.workers, &times))
    }

    fn on(cpus: usize, workers: usize, times: &[Duration]) -> Self {
        let work: Duration = times.iter().sum();
        let longest = times.iter().max().copied().unwrap_or_default();
        let shared = cpus < workers;
        let best = if shared { longest.max(work.div_f64(cpus as f64)) } else { makespan(times, workers) };
        Self { work, longest, best, cpus: shared.then_some(cpus) }
    }
}

/// When the last of the tasks ends, if each in its turn goes to the first of the workers that is free (a greedy list schedule:
/// Graham, *Bounds for certain multiprocessing anomalies*, 1966). `bench` has its own in `analyse/bounds.rs`: it links none of the programs
/// that it measures, nor what they are made of.
fn makespan(times: &[Duration], workers: usize) -> Duration {
    let mut free: BinaryHeap<_> = vec![Reverse(Duration::ZERO); workers.max(1)].into();
    let mut last = Duration::ZERO;
    for &time in times {
        let Reverse(start) = free.pop().expect("there is at least one worker");
        last = last.max(start + time);
        free.push(Reverse(start + time));
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        run::{Class, Clock, Failure, Starts},
        workloads::{
            list::{Announcer, Timing},
            primes::Checked,
        },
    };

    fn seconds(times: &[u64]) -> Vec<Duration> {
        times.iter().copied().map(Duration::from_secs).collect()
    }

    #[test]
    fn each_task_goes_to_the_first_worker_that_is_free() {
        assert_eq!(makespan(&seconds(&[3, 1, 1, 1, 2]), 2), Duration::from_secs(5));
        assert_eq!(makespan(&seconds(&[3, 2, 1, 1, 1]), 2), Duration::from_secs(4));
        assert_eq!(makespan(&seconds(&[1, 1, 1, 3]), 2), Duration::from_secs(4));
    }

    #[test]
    fn one_worker_does_all_and_a_hundred_wait_for_the_longest() {
        assert_eq!(makespan(&seconds(&[3, 1, 2]), 1), Duration::from_secs(6));
        assert_eq!(makespan(&seconds(&[3, 1, 2]), 100), Duration::from_secs(3));
        assert_eq!(makespan(&[], 3), Duration::ZERO);
    }

    #[test]
    fn workers_that_share_cpus_are_bound_by_the_work_or_the_longest_task() {
        // One after another they would take 5 s on 2 CPUs; shared among three workers they need not.
        let best = |workers, times: &[u64]| Ceiling::on(2, workers, &seconds(times)).best;
        assert_eq!(best(2, &[2, 2, 2, 2]), Duration::from_secs(4));
        assert_eq!(best(2, &[2, 2, 3]), Duration::from_secs(5));
        assert_eq!(best(3, &[2, 2, 3]), Duration::from_millis(3500));
        assert_eq!(best(20, &[9, 1, 1]), Duration::from_secs(9));
    }

    fn list(numbers: &[u64], workers: usize) -> TaskList<Check> {
        let timing = Timing { clock: Clock::start(), starts: Starts::default() };
        let tasks = numbers.iter().map(|&number| Check { number, timing: timing.clone() }).collect();
        TaskList { tasks, workers, in_order: false, on_event_loop: true, announcer: Announcer { silent: true } }
    }

    fn sample(task: u64, cpu: u64) -> Sample {
        Sample { task, answer: Ok(Checked { prime: true, cpu }), worker: 0, start: 0, end: 10 * cpu }
    }

    #[test]
    fn it_counts_processor_time_in_order_of_submission_and_no_more_workers_than_cpus() {
        let arrived = [sample(5, 10), sample(3, 20), sample(7, 30)];
        let micros = Duration::from_micros;
        let expected = Ceiling { work: micros(60), longest: micros(30), best: micros(60), cpus: Some(1) };
        assert_eq!(Ceiling::of(&list(&[3, 5, 7], 2), &arrived), Some(expected));
    }

    #[test]
    fn there_is_none_where_a_number_was_not_checked() {
        let failed = Sample { answer: Err(Failure::new(Class::WorkerLost, "")), ..sample(3, 20) };
        assert_eq!(Ceiling::of(&list(&[3, 5], 1), &[failed, sample(5, 10)]), None);
        assert_eq!(Ceiling::of(&list(&[3, 5], 1), &[sample(5, 10)]), None);
    }
}
