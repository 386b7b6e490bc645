//! What the process pool leaves behind: nothing. The only test of this program, for it counts.

use std::process::ExitCode;

use executor::Task;
use executor::behaviours::{Answer, Probe, Subject, in_time, leaks};
use process_pool::{ProcessPool, RemoteTask, worker};
use serde::{Deserialize, Serialize};

struct Processes;

#[derive(Serialize, Deserialize)]
struct Probing(Probe);

impl From<Probe> for Probing {
    fn from(probe: Probe) -> Self {
        Self(probe)
    }
}

impl Task for Probing {
    type Output = Answer;

    fn run(self) -> Answer {
        self.0.run()
    }
}

impl RemoteTask for Probing {
    const NAME: &'static str = "probe";
}

impl Subject for Processes {
    type Task = Probing;
    type Pool = ProcessPool;

    fn pool(workers: usize) -> Result<ProcessPool, String> {
        ProcessPool::new(workers).map_err(|error| error.to_string())
    }
}

fn main() -> ExitCode {
    if let Some(code) = worker::enter(|tasks| {
        tasks.add::<Probing>();
    }) {
        return code;
    }
    in_time(leaks::nothing_is_left_behind::<Processes>);
    println!("nothing is left behind");
    ExitCode::SUCCESS
}
