//! What becomes of workers when something becomes of their parent; and what they share with it.

use std::thread;

use crate::common::{Gate, Probe};
use executor::{Executor, Task};
use libtest_mimic::Trial;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::scenario::Scenario;
use crate::support::{eventually, is_gone, pid, pool, said, send};
use crate::tasks::Act;

pub fn trials() -> Vec<Trial> {
    crate::trials![
        a_descriptor_of_a_worker_is_a_standard_one_or_its_channel,
        a_dead_parent_leaves_no_stopped_worker_behind,
        a_dead_parent_leaves_no_worker_behind,
        a_main_that_returns_leaves_no_worker_behind,
        a_program_that_sees_to_ctrl_c_keeps_its_workers,
        ctrl_c_ends_the_program_and_no_worker_prints,
        what_tasks_print_disturbs_nothing,
        workers_outlive_the_thread_that_submitted,
    ]
}

/// The path that a task of a scenario is to hold at.
fn path(gate: &Gate) -> String {
    let Probe::Hold(path, _) = gate.hold(0) else { unreachable!("it is made so") };
    path.display().to_string()
}

fn a_dead_parent_leaves_no_worker_behind() {
    let mut gate = Gate::new();
    let mut scenario = Scenario::start(&format!("busy {}", path(&gate)));
    let workers = scenario.workers();
    assert_eq!(workers.len(), 3);
    gate.arrivals(2);
    send(scenario.id(), Signal::KILL);
    scenario.wait();
    eventually("every worker has ended", || workers.iter().all(|worker| is_gone(*worker)));
}

fn a_dead_parent_leaves_no_stopped_worker_behind() {
    let mut gate = Gate::new();
    let mut scenario = Scenario::start(&format!("busy {}", path(&gate)));
    let workers = scenario.workers();
    gate.arrivals(2);
    workers.iter().for_each(|worker| send(*worker, Signal::STOP));
    send(scenario.id(), Signal::KILL);
    scenario.wait();
    eventually("every worker has ended", || workers.iter().all(|worker| is_gone(*worker)));
}

fn a_main_that_returns_leaves_no_worker_behind() {
    let gate = Gate::new();
    let mut scenario = Scenario::start(&format!("forgetful {}", path(&gate)));
    let workers = scenario.workers();
    assert!(scenario.wait().success());
    eventually("every worker has ended", || workers.iter().all(|worker| is_gone(*worker)));
}

fn interrupt(scenario: &Scenario) {
    let group = Pid::from_raw(scenario.id().cast_signed()).unwrap();
    kill_process_group(group, Signal::INT).unwrap();
}

fn ctrl_c_ends_the_program_and_no_worker_prints() {
    let mut gate = Gate::new();
    let mut scenario = Scenario::start(&format!("busy {}", path(&gate)));
    let workers = scenario.workers();
    gate.arrivals(2);
    interrupt(&scenario);
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&scenario.wait()), Some(2));
    assert_eq!(scenario.rest() + &scenario.complaints(), "");
    eventually("every worker has ended", || workers.iter().all(|worker| is_gone(*worker)));
}

fn a_program_that_sees_to_ctrl_c_keeps_its_workers() {
    let mut gate = Gate::new();
    let mut scenario = Scenario::start(&format!("careful {}", path(&gate)));
    let workers = scenario.workers();
    gate.arrival();
    interrupt(&scenario);
    assert_eq!(scenario.line(), "interrupted");
    assert!(!workers.iter().any(|worker| is_gone(*worker)));
    gate.open();
    assert_eq!(scenario.line(), "Ok(Ok(1))");
    assert!(scenario.wait().success());
    assert_eq!(scenario.complaints(), "");
}

fn workers_outlive_the_thread_that_submitted() {
    let (pool, mut gate) = (pool(1), Gate::new());
    let held = thread::scope(|scope| scope.spawn(|| pool.submit(gate.hold(1))).join().unwrap());
    gate.arrival();
    let worker = pool.worker_ids()[0];
    gate.open();
    assert_eq!(held.result(), Ok(Ok(1)));
    assert_eq!(pid(&pool), worker);
    assert!(said(pool.submit(Act::DeathSignal)).contains("KILL"));
}

fn what_tasks_print_disturbs_nothing() {
    let mut scenario = Scenario::start("print hello");
    let printed = scenario.rest();
    assert!(scenario.wait().success());
    // What is printed without the end of a line is out before the result is.
    assert_eq!(printed, "hello\nhello and the result is hello\n".repeat(3));
    assert_eq!(scenario.complaints(), "hello".repeat(3));
}

fn a_descriptor_of_a_worker_is_a_standard_one_or_its_channel() {
    // What this process inherited without a mark to close it goes on to the workers, as to any child.
    let ours = Act::Descriptors.run().unwrap();
    let text = said(pool(1).submit(Act::Descriptors));
    let all: Vec<_> = text.split(' ').map(|item| item.split_once('=').unwrap()).collect();
    assert_eq!(all[0], ("0", "/dev/null"), "{text}");
    assert_eq!((all[1].0, all[2].0), ("1", "2"), "{text}");
    let others: Vec<_> = all[3..].iter().filter(|(fd, target)| !ours.contains(&format!("{fd}={target}"))).collect();
    assert_eq!(others.len(), 2, "{text}; ours: {ours}");
    assert!(others.iter().all(|(_, target)| target.starts_with("pipe:")), "{text}");
}
