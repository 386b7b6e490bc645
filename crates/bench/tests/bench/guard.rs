//! Nothing outlives a run, and what a contender leaves behind is seen.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::run::within_ten_seconds;
use crate::stand_in::{Ran, StandIns};

/// Whether a process has ended; a zombie has.
fn is_gone(id: &str) -> bool {
    fs::read_to_string(format!("/proc/{}/stat", id.trim())).map_or(true, |stat| stat.contains(") Z "))
}

/// A run whose contender hangs, and tells who it is and where it saves.
fn hanging() -> (StandIns, Child, String, PathBuf) {
    let stand_ins = StandIns::honest();
    let note = stand_ins.path("note");
    let lie = format!("echo $$ $dest > {0}.new; mv {0}.new {0}; exec sleep 600", note.display());
    stand_ins.put("thread-pool", &lie);
    let mut bench = stand_ins.bench("--only flags-local --count 3 --rounds 1");
    // A group of its own, so that a signal to it is none to the tests.
    let child = bench.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert!(within_ten_seconds(|| note.exists()), "the contender never ran");
    let note = fs::read_to_string(note).unwrap();
    let (id, dest) = note.trim().split_once(' ').unwrap();
    let scratch = Path::new(dest).ancestors().nth(2).unwrap().to_path_buf();
    assert!(scratch.exists() && !is_gone(id));
    (stand_ins, child, id.into(), scratch)
}

#[test]
fn however_bench_is_killed_neither_the_contender_nor_its_folder_stays() {
    for signal in [Signal::SIGKILL, Signal::SIGHUP, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGINT] {
        let (_stand_ins, child, id, scratch) = hanging();
        kill(Pid::from_raw(child.id() as i32), signal).unwrap();
        let status = child.wait_with_output().unwrap().status;
        assert_eq!(status.code(), (signal != Signal::SIGKILL).then_some(130), "{signal}");
        assert!(within_ten_seconds(|| is_gone(&id)), "{signal}: the contender runs on");
        assert!(within_ten_seconds(|| !scratch.exists()), "{signal}: {} stays", scratch.display());
    }
}

#[test]
fn a_signal_to_the_whole_group_ends_a_run_as_one_to_bench_does() {
    let (stand_ins, child, id, _) = hanging();
    killpg(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap();
    let ran = Ran::new(child.wait_with_output().unwrap()).ended_with(130);
    assert!(!ran.stderr.contains("failed"), "{}", ran.stderr);
    assert!(is_gone(&id) && stand_ins.run_folder().join("report.html").exists());
}

#[test]
fn a_benchmark_that_is_killed_behind_its_guard_leaves_nothing_either() {
    let (_stand_ins, child, id, scratch) = hanging();
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap();
    kill(Pid::from_raw(children.trim().parse().unwrap()), Signal::SIGKILL).unwrap();
    let ran = Ran::new(child.wait_with_output().unwrap()).ended_with(2);
    assert!(ran.stderr.contains("bench was ended by a signal"), "{}", ran.stderr);
    assert!(is_gone(&id) && !scratch.exists());
}

#[test]
fn signals_that_were_ignored_stay_ignored_and_ends_of_children_are_heard() {
    let stand_ins = StandIns::honest();
    let bench = stand_ins.bench("--rounds 1 --only sqrt");
    let words: Vec<_> =
        std::iter::once(bench.get_program()).chain(bench.get_args()).map(|word| word.to_string_lossy()).collect();
    let script = "trap '' CHLD HUP; kill_later() { sleep 0.2; kill -HUP $1; }; kill_later $$ & exec \"$@\"";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script, "sh"]).args(words.iter().map(|word| word.as_ref()));
    Ran::new(command.output().unwrap()).ended_with(0);
}

#[test]
fn a_daemon_of_a_contender_is_told_and_ended_and_its_report_is_kept() {
    let stand_ins = StandIns::honest();
    let note = stand_ins.path("daemon");
    // It holds the pipe of the report, in a session of its own.
    stand_ins.put("thread-pool", &format!("setsid sleep 600 & echo $! > {}", note.display()));
    let ran = stand_ins.run("--rounds 1 --only sqrt").ended_with(0);
    assert!(is_gone(&fs::read_to_string(note).unwrap()), "the daemon runs on");
    assert!(ran.stderr.contains("thread-pool left processes behind after sqrt, 1 of them"), "{}", ran.stderr);
    assert!(ran.stdout.contains("thread-pool left "), "{}", ran.stdout);
    assert!(
        !ran.stdout.contains("sequential left ")
            && stand_ins.run_folder().join("round-1/sqrt.thread-pool.json").exists()
    );
}

#[test]
fn a_contender_that_leaves_its_group_is_killed_at_its_time_limit_all_the_same() {
    let stand_ins = StandIns::with_liar("setsid sh -c 'sleep 600' & exec setsid -w sleep 600");
    let ran = stand_ins.run("--rounds 1 --only sqrt --time-limit 500ms").ended_with(1);
    assert!(ran.stdout.contains("it was killed after 0.5 s"), "{}", ran.stdout);
}
