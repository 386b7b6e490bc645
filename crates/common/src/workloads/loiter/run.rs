//! A run of `loiter`: from its arguments to the exit status.

use clap::{Args, Command};
use serde_json::json;

use super::{Delay, Loiter, Sample};
use crate::{
    profile::Profile,
    run::{Cancel, Clock, Recorder, Run, Tally},
    show::output::OutputArgs,
    workloads::{
        args::{EXIT_STATUS_OF_TASKS, HOW, WorkloadArgs, at_least_one},
        list::{Announcer, RunMany, TaskList, Timing},
    },
};

/// The arguments of `loiter`.
#[derive(Args)]
pub struct LoiterArgs {
    /// do nothing for SECONDS, a task for each of them [default: 0 1 2 3 4]
    #[arg(value_name = "SECONDS", help_heading = "What to do")]
    delays: Vec<Delay>,

    /// run up to N tasks at a time
    #[arg(short, long, value_name = "N", default_value = "3", value_parser = at_least_one::<usize>, help_heading = HOW)]
    workers: usize,

    /// give the results as they complete, and not in the order of submission
    #[arg(long, help_heading = HOW)]
    as_completed: bool,

    #[command(flatten)]
    output: OutputArgs,
}

impl WorkloadArgs for LoiterArgs {
    const NAME: &'static str = "loiter";
    const ABOUT: &'static str = "Do nothing for a while in each task, to see in which order results come";

    fn adapt(command: Command, _: &Profile) -> Command {
        command.after_help(EXIT_STATUS_OF_TASKS)
    }
}

/// Loiters, and reports.
pub(crate) fn run(
    profile: &Profile,
    loiter_many: RunMany<Loiter>,
    args: &LoiterArgs,
    cancel: &Cancel,
) -> anyhow::Result<u8> {
    let output = args.output.open()?;
    let delays = if args.delays.is_empty() { (0..5).map(Delay::of_seconds).collect() } else { args.delays.clone() };
    let workers = args.workers.min(profile.largest_max_req);
    let announcer = Announcer { silent: args.output.silent() };
    announcer.say("Script starting.");

    let clock = Clock::start();
    let starts = output.begin(profile.name, "loiter", delays.len(), workers);
    let timing = Timing { clock, starts };
    let tasks = delays.iter().map(|&delay| Loiter { delay, announcer, timing: timing.clone() }).collect();
    let list = TaskList { tasks, workers, in_order: !args.as_completed, on_event_loop: false, announcer };
    let show = move |sample: &Sample, tally: &Tally| announcer.say(&line(tally.done() - 1, sample));
    let recorder = Recorder::new(delays.len(), output.watch(Box::new(show)), true, cancel.clone(), clock);
    cancel.without_grace();
    let finished = Run::new(cancel, recorder).perform(|run| loiter_many(&list, run))?;

    let delays: Vec<f64> = delays.iter().map(|delay| delay.duration().as_secs_f64()).collect();
    let knobs = json!({"workers": workers, "as_completed": args.as_completed, "delays": delays});
    output.write(&mut finished.record(profile.name, "loiter", knobs))?;
    Ok(finished.status())
}

/// `result 0: 0`
fn line(place: u64, sample: &Sample) -> String {
    match &sample.answer {
        Ok(answer) => format!("result {place}: {answer}"),
        Err(failure) => format!("result {place}: error: {failure}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Class, Failure};

    #[test]
    fn a_result_is_numbered_and_an_error_is_one_too() {
        let delay = Delay::of_seconds(3);
        let mut sample = Sample { task: delay, answer: Ok(delay.tenfold()), worker: 0, start: 0, end: 0 };
        assert_eq!(line(3, &sample), "result 3: 30");
        sample.answer = Err(Failure::new(Class::WorkerLost, "killed by SIGKILL"));
        assert_eq!(line(3, &sample), "result 3: error: killed by SIGKILL");
    }
}
