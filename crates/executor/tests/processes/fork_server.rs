//! What becomes of a pool when something becomes of its fork server.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::common::{Gate, in_time};
use executor::Executor;
use executor::processes::{ProcessPool, StartMethod};
use libtest_mimic::Trial;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::support::{eventually, how_lost, is_gone, pid, send};
use crate::tasks::{Act, HAS_A_THREAD};

pub fn trials() -> Vec<Trial> {
    let tests: [(_, fn()); 4] = [
        ("a_program_that_cannot_be_copied_is_started_again", a_program_that_cannot_be_copied_is_started_again),
        ("a_lost_fork_server_costs_nothing", a_lost_fork_server_costs_nothing),
        ("a_stopped_fork_server_is_replaced", a_stopped_fork_server_is_replaced),
        (
            "a_stopped_fork_server_does_not_keep_a_pool_from_its_end",
            a_stopped_fork_server_does_not_keep_a_pool_from_its_end,
        ),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(name, move || {
            in_time(test);
            Ok(())
        })
    };
    tests.map(trial).into()
}

fn a_lost_fork_server_costs_nothing() {
    let (_folder, program) = program_of_its_own();
    let pool = served_pool(&program);
    let worker = pid(&pool);
    lose_server(&program);
    assert_eq!(pid(&pool), worker, "a worker does without the server");
    for _ in 0..4 {
        how_lost(pool.submit(Act::Exit(1)));
        pid(&pool);
        lose_server(&program);
    }
}

fn a_program_that_cannot_be_copied_is_started_again() {
    let pool = ProcessPool::builder().start_method(StartMethod::ForkServer).workers(3).env(HAS_A_THREAD, "1");
    let (pool, mut gate) = (pool.build().unwrap(), Gate::new());
    let held: Vec<_> = (0..6).map(|number| pool.submit(gate.hold(number))).collect();
    gate.arrivals(3);
    assert_eq!(pool.worker_ids().len(), 3);
    gate.open();
    assert!(held.into_iter().all(|future| future.result().is_ok()));
    how_lost(pool.submit(Act::Exit(1)));
    pid(&pool);
}

fn a_stopped_fork_server_is_replaced() {
    let (_folder, program) = program_of_its_own();
    let pool = served_pool(&program);
    pid(&pool);
    let stopped = server(&program);
    send(stopped, Signal::STOP);
    how_lost(pool.submit(Act::Exit(1)));
    pid(&pool);
    assert!(is_gone(stopped));
    assert_ne!(server(&program), stopped);
}

fn a_stopped_fork_server_does_not_keep_a_pool_from_its_end() {
    let (_folder, program) = program_of_its_own();
    let pool = served_pool(&program);
    pid(&pool);
    let stopped = server(&program);
    send(stopped, Signal::STOP);
    drop(pool);
    assert!(is_gone(stopped));
}

/// A pool of one worker with a fork server, which runs this program.
fn served_pool(program: &Path) -> ProcessPool {
    ProcessPool::builder().start_method(StartMethod::ForkServer).workers(1).program(program).build().unwrap()
}

/// Our own program under a path that no other pool has.
pub fn program_of_its_own() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("worker");
    symlink(std::env::current_exe().unwrap(), &program).unwrap();
    (folder, program)
}

/// The fork server of the one pool that runs this program.
fn server(program: &Path) -> u32 {
    let is_server = |pid: &u32| {
        let read = |name| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
        read("comm") == "fork-server\n" && read("cmdline").starts_with(&program.display().to_string()) && !is_gone(*pid)
    };
    let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let servers: Vec<u32> = pids.filter(is_server).collect();
    assert_eq!(servers.len(), 1, "the fork servers of {}", program.display());
    servers[0]
}

/// Kills the fork server, and waits until the pool has seen that.
pub fn lose_server(program: &Path) {
    let server = server(program);
    send(server, Signal::KILL);
    eventually("the pool has waited for its fork server", || !Path::new(&format!("/proc/{server}")).exists());
}
