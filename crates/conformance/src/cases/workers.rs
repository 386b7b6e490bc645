//! Workers that are processes, and come to harm.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use faults::RawServer;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    flag_server::FlagServer,
    program::{Program, Running, wait_until},
    verify::{number, object, only_whole_flags, text},
};

/// Does something to a worker, from outside.
type Harm = fn(u32);

/// What can be done to a worker, and what is said of it then.
const HARM: [(Harm, &str); 3] = [
    (|worker| send(worker, Signal::SIGKILL), "killed by SIGKILL"),
    (|worker| send(worker, Signal::SIGABRT), "killed by SIGABRT"),
    (scribble, "something other than a reply of its own was in its channel"),
];

fn send(worker: u32, signal: Signal) {
    kill(Pid::from_raw(worker.cast_signed()), signal).expect("it is there");
}

/// Writes nonsense into every pipe that the worker writes to.
fn scribble(worker: u32) {
    for entry in fs::read_dir(format!("/proc/{worker}/fd")).expect("it is there").flatten() {
        let info = fs::read_to_string(format!("/proc/{worker}/fdinfo/{}", entry.file_name().display()));
        let is_written =
            info.is_ok_and(|info| info.lines().any(|line| line.starts_with("flags:") && line.ends_with('1')));
        let is_pipe = fs::read_link(entry.path()).is_ok_and(|target| target.display().to_string().starts_with("pipe:"));
        if is_written && is_pipe {
            // After the first that the pool reads, the worker may be gone, and its other pipes with it.
            _ = fs::write(entry.path(), [0xff; 100]);
        }
    }
}

/// A server that gives every flag but that of Brazil.
fn all_but_brazil() -> RawServer {
    RawServer::start(|visit| match visit.code().as_str() {
        "BR" => visit.hang(),
        _ => visit.well(),
    })
}

/// A run of five flags, in one worker, which waits for the first.
fn waits_for_brazil(program: &Program, server: &RawServer) -> (Running, u32) {
    let running = program.flags(&server.base(), "br cn fr in us -m 1 --json").start();
    wait_until("the flag of Brazil was asked for", || server.requests() > 0);
    let workers = running.workers();
    assert_eq!(workers.len(), 1);
    (running, workers[0])
}

pub fn a_worker_that_comes_to_harm_costs_its_own_flag_only(program: &Program) {
    for (harm, how) in HARM {
        let server = all_but_brazil();
        let (running, worker) = waits_for_brazil(program, &server);
        harm(worker);
        let told = running.wait_told().counts(4, 0, 1).ends_with(1);
        assert_eq!(told.ending("BR"), "worker lost");
        let cause = text(&told.row("BR")["cause"]);
        assert!(cause.contains(how), "{cause}");
    }
}

pub fn a_worker_without_memory_costs_its_own_flag_only(program: &Program) {
    let open = Arc::new(AtomicBool::new(false));
    let is_open = open.clone();
    let server = RawServer::start(move |visit| {
        if visit.code() != "BR" {
            return visit.well();
        }
        wait_until("the worker may take no more memory", || is_open.load(Ordering::Relaxed));
        let large = [visit.gif(), &[0; 8 << 20], b";"].concat();
        visit.answer("200 OK", "Content-Type: image/gif\r\n", &large)
    });
    let (running, worker) = waits_for_brazil(program, &server);
    let limited = std::process::Command::new("prlimit").arg("--as=0").arg(format!("--pid={worker}")).status();
    assert!(limited.expect("prlimit starts").success());
    open.store(true, Ordering::Relaxed);
    let told = running.wait_told().counts(4, 0, 1).ends_with(1);
    let cause = text(&told.row("BR")["cause"]);
    assert!(cause.ends_with("killed by SIGABRT"), "{cause}");
}

pub fn workers_killed_again_and_again_cost_a_flag_each_at_most(program: &Program) {
    let server = FlagServer::delay(1, 40);
    let running = program.flags(&server.base(), "-a -m 8 --json").start();
    for nth in 0..15 {
        // A pool gives up when workers die before they do anything. Of nine requests by eight workers one was answered.
        wait_until("nine more flags were asked for", || number(&server.json("/stats")["requests"]) > 9 * nth);
        let workers = running.workers();
        if let Some(worker) = workers.get(nth as usize % workers.len().max(1)) {
            // It may have ended since.
            _ = kill(Pid::from_raw(worker.cast_signed()), Signal::SIGKILL);
        }
    }
    // One may have been killed when it had saved its flag, and had not said so: then that is there, and told of as lost.
    let ended = running.wait().ends_with(1);
    only_whole_flags(&ended);
    let json = object(&ended);
    let [ok, errors] = ["ok", "errors"].map(|name| number(&json["counts"][name]));
    assert!((1..=15).contains(&errors) && ok + errors == 194, "{}", json["counts"]);
    assert_eq!(json["errors"]["worker lost"], errors);
}

pub fn a_killed_run_leaves_no_stopped_worker(program: &Program) {
    let server = all_but_brazil();
    let (running, worker) = waits_for_brazil(program, &server);
    send(worker, Signal::SIGSTOP);
    running.signal(Signal::SIGKILL);
    running.wait().ends_with(137);
}
