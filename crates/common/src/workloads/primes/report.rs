//! What `primes` prints, as the chapter's `procs` and `proc_pool` print it, and the ceiling under it.

use std::fmt::Write;

use super::{Check, Sample, ceiling::Ceiling};
use crate::{profile::Profile, run::Finished, show::plural::plural, workloads::list::TaskList};

/// `Checking 20 numbers with 12 processes:`
pub(super) fn heading(profile: &Profile, count: usize, workers: usize) -> String {
    let (numbers, how) = (plural(count as u64, "number"), profile.how(workers));
    format!("Checking {numbers} {how}:\n")
}

/// `9999999999999917  P  4.021536s`
pub(super) fn line(sample: &Sample) -> String {
    let number = sample.task;
    match &sample.answer {
        Ok(answer) => {
            let label = if answer.prime { 'P' } else { ' ' };
            format!("{number:16}  {label} {:9.6}s\n", sample.duration().as_secs_f64())
        }
        Err(failure) => format!("{number:16}  error: {failure}\n"),
    }
}

/// The chapter's last line, and ours under it.
pub(super) fn closing(profile: &Profile, list: &TaskList<Check>, finished: &Finished<Sample>) -> String {
    let (tally, seconds) = (&finished.tally, finished.elapsed.as_secs_f64());
    let mut text = match list.in_order {
        true => format!("Total time: {seconds:.2}s\n"),
        false => format!("{} in {seconds:.2}s\n", plural(tally.ok, "check")),
    };
    // Writing to a String cannot fail.
    if tally.ok < tally.asked {
        _ = writeln!(text, "{} not checked.", plural(tally.asked - tally.ok, "number"));
    }
    if let Some(ceiling) = Ceiling::of(list, &finished.samples) {
        let how = profile.how(list.workers);
        // Where workers share the CPUs, the order does not bind them.
        let bound = match ceiling.cpus {
            Some(cpus) => format!("on {}", plural(cpus as u64, "CPU")),
            None => "in this order".into(),
        };
        let (work, longest, best) =
            (ceiling.work.as_secs_f64(), ceiling.longest.as_secs_f64(), ceiling.best.as_secs_f64());
        _ = writeln!(text, "\nTotal work: {work:.3}s of processor time, the longest task: {longest:.3}s.");
        _ = writeln!(text, "Best possible {how} {bound}: {best:.3}s.");
        if !ceiling.best.is_zero() {
            _ = writeln!(text, "Reached: {seconds:.3}s, {:.2} times the best possible.", seconds / best);
        }
    }
    for note in &finished.notes {
        _ = writeln!(text, "{note}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        run::{Cancel, Class, Clock, Failure, Recorder, Starts},
        workloads::{
            list::{Announcer, Timing},
            primes::Checked,
        },
    };

    const POOL: Profile = Profile {
        name: "process-pool",
        about: "",
        chapter_max_req: 1,
        largest_max_req: 1,
        worker: Some("process"),
        has_event_loop: false,
    };

    fn sample(number: u64, prime: bool, micros: u64) -> Sample {
        Sample { task: number, answer: Ok(Checked { prime, cpu: micros }), worker: 0, start: 7, end: 7 + micros }
    }

    fn closing_of(in_order: bool, samples: Vec<Sample>) -> String {
        let clock = Clock::start();
        let timing = Timing { clock, starts: Starts::default() };
        let tasks = [7, 9].map(|number| Check { number, timing: timing.clone() }).into();
        let announcer = Announcer { silent: true };
        let list = TaskList { tasks, workers: 1, in_order, on_event_loop: false, announcer };
        let mut recorder = Recorder::new(2, Box::new(|_, _| ()), true, Cancel::default(), clock);
        samples.into_iter().for_each(|sample| recorder.record(sample));
        let finished = Finished { elapsed: Duration::from_millis(9652), ..recorder.finish() };
        closing(&POOL, &list, &finished)
    }

    #[test]
    fn the_heading_is_the_chapters() {
        assert_eq!(heading(&POOL, 20, 12), "Checking 20 numbers with 12 processes:\n");
        assert_eq!(heading(&POOL, 1, 1), "Checking 1 number with 1 process:\n");
        assert_eq!(heading(&Profile { worker: None, ..POOL }, 20, 1), "Checking 20 numbers sequentially:\n");
        assert_eq!(
            heading(&Profile { worker: Some("thread"), ..POOL }, 20, 2),
            "Checking 20 numbers with 2 threads:\n"
        );
    }

    #[test]
    fn a_line_is_the_chapters() {
        assert_eq!(line(&sample(9999999999999917, true, 9_630_123)), "9999999999999917  P  9.630123s\n");
        assert_eq!(line(&sample(4444444444444444, false, 1)), "4444444444444444     0.000001s\n");
        assert_eq!(line(&sample(2, true, 12_000_000)), "               2  P 12.000000s\n");
        let lost = Sample { answer: Err(Failure::new(Class::WorkerLost, "killed by SIGKILL")), ..sample(2, true, 0) };
        assert_eq!(line(&lost), "               2  error: killed by SIGKILL\n");
    }

    #[test]
    fn the_last_line_is_the_chapters_and_the_ceiling_comes_under_it() {
        let both = || vec![sample(9, false, 3_000_000), sample(7, true, 5_000_000)];
        let ceiling = "\nTotal work: 8.000s of processor time, the longest task: 5.000s.\n\
                       Best possible with 1 process in this order: 8.000s.\n\
                       Reached: 9.652s, 1.21 times the best possible.\n";
        assert_eq!(closing_of(true, both()), format!("Total time: 9.65s\n{ceiling}"));
        assert_eq!(closing_of(false, both()), format!("2 checks in 9.65s\n{ceiling}"));
    }

    #[test]
    fn without_an_answer_for_every_number_there_is_no_ceiling() {
        assert_eq!(closing_of(false, vec![sample(7, true, 1)]), "1 check in 9.65s\n1 number not checked.\n");
    }
}
