//! A run of `loiter`: from its arguments to the exit status.

use clap::Args;
use serde_json::json;

use super::{Delay, Loiter, Recorder, Sample, Settings, Voice};
use crate::{
    cli::usage_error,
    program,
    run::{Cancel, Clock},
    show::output::OutputArgs,
    strategy::Strategy,
    workloads::args::at_least_one,
};

/// The arguments of `loiter`.
#[derive(Args)]
pub struct LoiterArgs {
    /// how long each task is to do nothing, in seconds (default: 0 1 2 3 4)
    #[arg(value_name = "SECONDS")]
    delays: Vec<Delay>,

    /// how many loiter at a time
    #[arg(short, long, value_name = "N", default_value = "3", value_parser = at_least_one::<usize>)]
    workers: usize,

    /// give the results as they complete, and not in the order of submission
    #[arg(long)]
    as_completed: bool,

    #[command(flatten)]
    output: OutputArgs,
}

/// Loiters, and reports.
pub(crate) fn run(strategy: &Strategy, args: &LoiterArgs, cancel: &Cancel) -> anyhow::Result<u8> {
    let output = args.output.open().unwrap_or_else(|error| usage_error(strategy, "loiter", error));
    let delays = if args.delays.is_empty() { (0..5).map(Delay::of_seconds).collect() } else { args.delays.clone() };
    let workers = args.workers.min(strategy.largest_max_req);
    let voice = Voice { loud: !args.output.json() };
    voice.say("Script starting.");

    let clock = Clock::start();
    let tasks = delays.iter().map(|&delay| Loiter { delay, voice, clock }).collect();
    let settings = Settings { tasks, workers, as_completed: args.as_completed, voice };
    let mut recorder = Recorder::new(move |place, sample| voice.say(&line(place, sample)), cancel.clone(), clock);
    cancel.during(|| (strategy.loiter_many)(&settings, cancel, &mut recorder))?;
    let asked = (delays.len(), clock.elapsed());

    let delays: Vec<f64> = delays.iter().map(|delay| delay.duration().as_secs_f64()).collect();
    let knobs = json!({"workers": workers, "as_completed": args.as_completed, "delays": delays});
    let mut record = recorder.record_of(strategy, "loiter", knobs, asked, |_| "ok");
    output.write(&mut record)?;
    Ok(program::status(cancel, &record))
}

/// `result 0: 0`
fn line(place: usize, sample: &Sample) -> String {
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
