//! What `task-queue` does beside the workloads: `worker`, and `clean`.

use std::{fs, thread};

use clap::{ArgMatches, Args, Command, FromArgMatches};
use common::{UsageError, show::terminal};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};
use tokio::sync::watch;

use crate::{
    place::PlaceArgs,
    queue::{
        self, Left, QueueName,
        worker::{self, Stop},
    },
};

// The arguments of `worker`.
#[derive(Args)]
struct WorkerArgs {
    #[command(flatten)]
    place: PlaceArgs,

    /// run up to N tasks at a time
    #[arg(long, value_name = "N", default_value = "8", value_parser = slots)]
    slots: u16,
}

fn slots(text: &str) -> Result<u16, String> {
    text.parse()
        .ok()
        .filter(|slots| (1..=1000).contains(slots))
        .ok_or_else(|| "must be a whole number, 1 to 1000".into())
}

/// The commands, for the command line.
pub fn all() -> Vec<Command> {
    let worker = Command::new("worker").about("Serve a queue: run the tasks that others submit, until Ctrl-C.");
    let clean = Command::new("clean").about("Delete what runs that died have left on the server.");
    vec![WorkerArgs::augment_args(worker), PlaceArgs::augment_args(clean)]
}

/// Runs one of them. Gives the exit status.
///
/// # Errors
/// The server cannot be reached, or refuses us.
pub fn run(name: &str, given: &ArgMatches) -> anyhow::Result<u8> {
    match name {
        "clean" => clean(&PlaceArgs::from_arg_matches(given)?),
        _ => serve(&WorkerArgs::from_arg_matches(given)?),
    }
}

fn clean(place: &PlaceArgs) -> anyhow::Result<u8> {
    let Some(server) = place.server()? else {
        return Err(UsageError::new(
            "there is nothing to clean without --nats URL: a queue of its own cleans up itself",
        )
        .into());
    };
    let left = queue::clean(&server, &QueueName::new(&place.queue).map_err(UsageError::new)?)?;
    for (run, Left { tasks, results }) in &left {
        terminal::print(&format!("{run}: {tasks} tasks, {results} results\n"));
    }
    terminal::print(&format!("{} runs that died have left something; it is deleted\n", left.len()));
    Ok(0)
}

fn serve(args: &WorkerArgs) -> anyhow::Result<u8> {
    let Some(server) = args.place.server()? else {
        return Err(UsageError::new("a worker needs --nats URL: where the queue is that it is to serve").into());
    };
    let (stop, stopped) = watch::channel(Stop::No);
    let mut signals = Signals::new(heeded())?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut signals = signals.forever();
        let status = |signal| 128 + signal;
        if signals.next().is_some() {
            _ = stop.send(Stop::Soon);
            terminal::eprint("no new task is taken; what runs has a second to end, or is given back\n");
        }
        if let Some(signal) = signals.next() {
            std::process::exit(status(signal));
        }
    })?;
    let queue = QueueName::new(&args.place.queue).map_err(UsageError::new)?;
    let slots = usize::from(args.slots);
    terminal::eprint(&format!("{slots} slots for the queue {}; Ctrl-C ends it\n", args.place.queue));
    let options = worker::Options { server, queue, slots, first_slot: 0, is_patient: false };
    queue::serve(options, stopped, |what| terminal::eprint(&format!("{what}\n")))?;
    Ok(0)
}

/// Signals that are ignored at the start stay so: a shell without job control starts a job in the background so.
fn heeded() -> Vec<i32> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let is_ignored = |number: i32| mask.is_some_and(|mask| mask >> (number - 1) & 1 == 1);
    [SIGINT, SIGTERM].into_iter().filter(|&number| !is_ignored(number)).collect()
}
