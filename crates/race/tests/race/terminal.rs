//! From the command line.

use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::stand_in::{StandIns, is_gone, names, tie, within_ten_seconds};

#[test]
fn each_strategy_runs_once_on_the_same_work_and_ties_are_called_ties() {
    let stand_ins = StandIns::new();
    let ran = stand_ins.run("--flags 4 -m 4 --delay 0.1..1");
    let (said, result) = (String::from_utf8(ran.stderr).unwrap(), String::from_utf8(ran.stdout).unwrap());
    assert_eq!(ran.status.code(), Some(0), "{said}");
    for name in names() {
        let [note] = stand_ins.notes(name).try_into().unwrap();
        assert!(
            note.contains(" flags --limit 4 -m 4 --quiet --events /dev/stdout --server http://127.0.0.1:"),
            "{note}"
        );
        assert!(said.contains(&format!("{name:12}  4 done in ")), "{said}");
    }
    assert_eq!(stand_ins.resets(), names().len(), "each strategy meets the server as the first one did");
    assert!(stand_ins.notes("flag-server")[0].contains(" delay --delay 0.1..1 --port 0 --exit-with-parent --seed 20"));
    assert!(
        result.contains("  1. thread-pool    301 ms  1 failed\n  1. process-pool   301 ms  1 failed\n"),
        "{result}"
    );
    assert!(
        result
            .contains(&format!("  {}. sequential     1.20 s  3.99 × as long as the first  1 failed\n", names().len())),
        "{result}"
    );
    assert!(result.contains(&format!("{}; sequential took 3.99 times as long.", tie())), "{result}");
    assert!(result.contains("One run each"), "{result}");
}

#[test]
fn rounds_repeat_all_of_it_and_only_narrows_it() {
    let stand_ins = StandIns::new();
    let ran = stand_ins.run("--rounds 3 --only sequential --only thread-pool");
    assert_eq!(ran.status.code(), Some(0));
    for name in names() {
        let times = if ["sequential", "thread-pool"].contains(&name) { 3 } else { 0 };
        assert_eq!(stand_ins.notes(name).len(), times, "{name}");
    }
    assert!(String::from_utf8(ran.stdout).unwrap().contains("3 runs each"));
}

#[test]
fn one_that_does_not_finish_is_out_and_the_others_go_on() {
    let stand_ins = StandIns::new();
    stand_ins.put("sequential", "echo 'no server' >&2; exit 3\n");
    stand_ins.put("thread-pool", "echo nonsense; exec sleep 0.1\n");
    let ran = stand_ins.run("");
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.contains("sequential is out: it ended with 3, saying \"no server\""), "{said}");
    assert!(said.contains("thread-pool is out: it said what is no event"), "{said}");
    let result = String::from_utf8(ran.stdout).unwrap();
    assert!(result.contains(&tie().replace("thread-pool, ", "")) && !result.contains("sequential"), "{result}");
}

#[test]
fn what_cannot_be_raced_is_a_usage_error() {
    let stand_ins = StandIns::new();
    for (arguments, why) in [
        ("--flags 195", "a whole number, 1 to 194"),
        ("--delay 1..11", "at most 10 s"),
        ("--only curl", "possible values: sequential"),
        ("--port 80", "--web"),
    ] {
        let ran = stand_ins.run(arguments);
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(ran.status.code() == Some(2) && said.contains(why), "{arguments}: {said}");
    }
}

#[test]
fn however_it_is_ended_no_process_stays() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
        let stand_ins = StandIns::new();
        stand_ins.hang("sequential");
        let child = stand_ins.race("").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let processes = [stand_ins.process("flag-server"), stand_ins.process("sequential")];
        assert!(processes.iter().all(|process| !is_gone(process)));
        kill(Pid::from_raw(child.id() as i32), signal).unwrap();
        let status = child.wait_with_output().unwrap().status.code();
        assert_eq!(status, (signal != Signal::SIGKILL).then_some(130), "{signal}");
        assert!(within_ten_seconds(|| processes.iter().all(|process| is_gone(process))), "{signal}: {processes:?}");
    }
}
