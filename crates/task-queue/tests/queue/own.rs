//! A queue with a server and workers of its own.

use std::{fs, path::Path, process::Command, time::Duration};

use executor::{Executor, as_completed};
use libtest_mimic::Trial;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid as Process_,
};
use task_queue::queue::TaskQueue;

use crate::{
    support::{Process, wait_until},
    tasks::{Nap, Pid, Slot, Square},
};

pub fn trials() -> Vec<Trial> {
    crate::trials![
        a_queue_of_its_own_runs_tasks_and_leaves_no_process_and_no_folder,
        the_slots_of_its_workers_have_numbers_of_their_own,
        nothing_outlives_a_caller_that_is_killed,
        its_server_and_its_workers_are_started_again,
        a_queue_cut_off_ends_at_once,
        a_public_site_is_not_asked_by_workers_that_keep_no_common_pace,
    ]
}

/// The processes whose command line or environment has this in it.
fn with_mark(mark: &str) -> Vec<i32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &i32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.windows(mark.len()).any(|part| part == mark.as_bytes())
    })
    .collect()
}

fn children_of(parent: u32) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let children = tasks.map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
    children.flat_map(|pids| pids.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>()).collect()
}

/// A caller with a queue of its own, which has its folders here.
fn alone(folder: &Path, mark: &str) -> Process {
    Process::start("alone", &[], |command| _ = command.env("TMPDIR", folder).env("TEST_MARK", mark))
}

fn a_queue_of_its_own_runs_tasks_and_leaves_no_process_and_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut caller = alone(folder.path(), "leaves-nothing");
    let pids = caller.line();
    assert_eq!(pids.split(' ').count(), 8, "{pids}");
    drop(caller);
    wait_until("all are gone", || with_mark("TEST_MARK=leaves-nothing").is_empty());

    let queue = TaskQueue::builder().slots(3).build().unwrap();
    assert_eq!(queue.map(Square, 0..10).sum::<Result<u64, _>>(), Ok(285));
    queue.shutdown(true, false);
    let usage = queue.usage();
    assert!(usage.processes >= 4 && usage.peak_memory_kib > 1024, "a server, two workers and their keeper: {usage:?}");
}

fn the_slots_of_its_workers_have_numbers_of_their_own() {
    let queue = TaskQueue::builder().slots(3).build().unwrap();
    let mut slots: Vec<_> =
        as_completed((0..30).map(|_| queue.submit(Slot()))).map(|slot| slot.result().unwrap().unwrap()).collect();
    slots.sort();
    slots.dedup();
    assert_eq!(slots, [0, 1, 2]);
}

fn nothing_outlives_a_caller_that_is_killed() {
    for stop_first in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mark = format!("TEST_MARK=killed-{stop_first}");
        let mut caller = alone(folder.path(), &mark[10..]);
        caller.line();
        assert!(with_mark(&mark).len() >= 5, "a caller, a keeper, a server and two workers");
        if stop_first {
            // Workers that are stopped do not run even to end themselves.
            let keeper = children_of(caller.child.id())[0];
            for worker in children_of(keeper.cast_unsigned()) {
                kill(Process_::from_raw(worker), Signal::SIGSTOP).unwrap();
            }
        }
        caller.kill();
        wait_until("all are gone", || with_mark(&mark).is_empty());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the server's folder");
    }
}

fn its_server_and_its_workers_are_started_again() {
    let queue = TaskQueue::builder().slots(2).ack_wait(Duration::from_millis(600)).build().unwrap();
    let first = queue.submit(Pid()).result().unwrap();
    let futures: Vec<_> = (0..40).map(|_| queue.submit(Nap(20))).collect();
    // The worker's parent is the keeper; the server is its child, too.
    let stat = fs::read_to_string(format!("/proc/{first}/stat")).unwrap();
    let keeper: u32 = stat.rsplit_once(") ").unwrap().1.split(' ').nth(1).unwrap().parse().unwrap();
    let children = children_of(keeper);
    assert_eq!(children.len(), 3);
    for child in children {
        kill(Process_::from_raw(child), Signal::SIGKILL).unwrap();
    }
    assert_eq!(futures.into_iter().map(|future| future.result()).collect::<Vec<_>>(), vec![Ok(20); 40]);
    assert_ne!(queue.submit(Pid()).result(), Ok(first));
}

fn a_queue_cut_off_ends_at_once() {
    let queue = TaskQueue::builder().slots(1).build().unwrap();
    let (running, waiting) = (queue.submit(Nap(60_000)), queue.submit(Nap(60_000)));
    wait_until("one runs", || running.running());
    queue.cut_off();
    assert!(waiting.result().is_err() && running.result().is_err());
    queue.shutdown(true, false);
}

fn a_public_site_is_not_asked_by_workers_that_keep_no_common_pace() {
    for site in ["REMOTE", "https://www.fluentpython.com/data/flags"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_task-queue"));
        let ended = program.args(["flags", "br", "--nats", "nats://127.0.0.1:1", "--server", site]).output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.code() == Some(2) && said.contains("no common pace"), "{said}");
    }
}
