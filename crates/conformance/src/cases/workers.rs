//! Workers that are processes, and are killed. The other strategies have none, and nothing to show here.

use faults::RawServer;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::program::{Program, wait_until};

pub fn a_killed_worker_costs_its_own_flag_only(program: &Program) {
    if program.strategy() != "process-pool" {
        return;
    }
    let server = RawServer::start(|visit| match visit.code().as_str() {
        "BR" => visit.hang(),
        _ => visit.well(),
    });
    let running = program.flags(&server.base(), "br cn fr in us -m 1 --json").start();
    wait_until("the flag of Brazil was asked for", || server.requests() > 0);
    let parent = running.child.id();
    let workers: Vec<_> = running.processes().into_iter().filter(|pid| *pid != parent).collect();
    assert_eq!(workers.len(), 1);
    kill(Pid::from_raw(workers[0].cast_signed()), Signal::SIGKILL).expect("it waits for its flag");
    let told = running.wait_told().counts(4, 0, 1).ends_with(1);
    assert_eq!(told.ending("BR"), "worker lost");
}
