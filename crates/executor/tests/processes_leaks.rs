//! What the process pool leaves behind: nothing. The only test of this program, for it counts.

use std::process::ExitCode;

use executor::behaviours::{Answer, Gate, Probe, Subject, in_time, leaks};
use executor::processes::{ProcessPool, RemoteTask, enter};
use executor::{Error, Executor, Task};
use rustix::process::{Pid, Signal, kill_process};
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

/// Kills all workers of a pool, which goes on with others.
fn lose_workers() {
    let (pool, mut gate) = (ProcessPool::new(3).expect("failed to make a pool"), Gate::new());
    let held: Vec<_> = (0..9).map(|number| pool.submit(Probing::from(gate.hold(number)))).collect();
    gate.arrivals(3);
    for worker in pool.worker_ids() {
        let pid = Pid::from_raw(worker.cast_signed()).expect("no process has number 0");
        kill_process(pid, Signal::KILL).expect("failed to kill a worker");
    }
    gate.open();
    let ends = held.into_iter().map(|future| future.result());
    assert_eq!(ends.filter(|end| matches!(end, Err(Error::WorkerLost { .. }))).count(), 3);
}

fn main() -> ExitCode {
    if let Some(code) = enter(|tasks| {
        tasks.add::<Probing>();
    }) {
        return code;
    }
    in_time(leaks::nothing_is_left_behind::<Processes>);
    in_time(|| leaks::nothing_is_left_behind_by(|_| lose_workers()));
    println!("nothing is left behind");
    ExitCode::SUCCESS
}
