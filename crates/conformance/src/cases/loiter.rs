//! The workload `loiter`.

use nix::sys::signal::Signal;

use crate::{
    program::{Ended, Program},
    verify::{number, object},
};

/// The lines without the time of day that each begins with.
fn lines(ended: &Ended) -> Vec<&str> {
    ended.stdout.lines().map(without_clock).collect()
}

/// `[15:56:50] Script starting.` without the clock.
fn without_clock(line: &str) -> &str {
    let (clock, text) = line.split_at_checked(11).unwrap_or_else(|| panic!("no clock: {line:?}"));
    let form: String = clock.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    assert_eq!(form, "[99:99:99] ", "{line:?}");
    text
}

fn results<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    lines.iter().copied().filter(|line| line.starts_with("result ")).collect()
}

pub fn map_holds_results_back_until_their_turn(program: &Program) {
    let ended = program.run("loiter 1 0 0.25 --workers 3").end().ends_with(0);
    let lines = lines(&ended);
    assert_eq!(lines[0], "Script starting.");
    let shown = lines.iter().position(|line| line.starts_with("results: <")).expect("the results are shown");
    let waiting = lines.iter().position(|line| *line == "Waiting for individual results:").expect("it waits");
    let first = lines.iter().position(|line| *line == "result 0: 10").expect("a first result");
    assert!(shown < waiting && waiting < first, "{lines:?}");
    assert_eq!(results(&lines), ["result 0: 10", "result 1: 0", "result 2: 2.5"]);
    for line in [
        "\tloiter(1): doing nothing for 1s...",
        "\tloiter(1): done.",
        "loiter(0): doing nothing for 0s...",
        "loiter(0): done.",
        "loiter(0.25): doing nothing for 0.25s...",
        "loiter(0.25): done.",
    ] {
        assert_eq!(lines.iter().filter(|other| **other == line).count(), 1, "{line:?} in {lines:?}");
    }
    let quick = lines.iter().position(|line| *line == "loiter(0): done.").expect("just counted");
    if program.is_sequential() {
        assert!(first < quick, "one after another: {lines:?}");
    } else {
        assert!(quick < first, "done, and held back: {lines:?}");
    }
}

pub fn as_completed_gives_the_quickest_first(program: &Program) {
    let ended = program.run("loiter 1 0 -w 2 --as-completed").end().ends_with(0);
    let expected = match program.strategy() {
        "sequential" => ["result 0: 10", "result 1: 0"],
        _ => ["result 0: 0", "result 1: 10"],
    };
    assert_eq!(results(&lines(&ended)), expected);
}

pub fn no_more_loiter_at_a_time_than_there_are_workers(program: &Program) {
    let json = object(&program.run("loiter 0.1 0.1 0.1 0.1 0.1 -w 2 --json").end().ends_with(0));
    let workers = if program.is_sequential() { 1 } else { 2 };
    assert_eq!(number(&json["settings"]["workers"]), workers);
    assert_eq!(["asked", "ok"].map(|name| number(&json["counts"][name])), [5, 5]);
    let rows = json["samples"].as_array().expect("the schema says so");
    let times: Vec<_> = rows.iter().map(|row| (number(&row["start_us"]), number(&row["end_us"]))).collect();
    for &(start, end) in &times {
        assert!(end - start >= 100_000, "too short for 0.1 s");
        let at_once = times.iter().filter(|other| other.0 <= start && start < other.1).count();
        assert!(at_once as u64 <= workers, "{at_once} at a time");
    }
}

pub fn ctrl_c_wakes_those_that_loiter(program: &Program) {
    let running = program.run("loiter 0 1800 3600 3600 -w 2").start();
    running.wait_for_stdout("result 0: 0");
    running.wait_for_stdout("loiter(1800): doing nothing");
    running.signal(Signal::SIGINT);
    let ended = running.wait().ends_with(130);
    let lines = lines(&ended);
    assert!(lines.contains(&"result 1: error: interrupted"), "{lines:?}");
    assert!(!ended.stdout.contains("loiter(1800): done."), "{lines:?}");
}
