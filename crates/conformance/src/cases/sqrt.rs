//! The workload `sqrt`.

use std::fs;

use nix::sys::signal::Signal;

use crate::{
    program::{Program, wait_until},
    verify::{number, object, text},
};

pub fn a_loop_is_measured_and_so_is_a_task(program: &Program) {
    let ended = program.run("sqrt -n 5 --workers 2 --repeat 1").end().ends_with(0);
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert!(lines[0].starts_with("5 square roots "), "{lines:?}");
    assert!(lines[1].contains(" per loop, ") && lines[1].ends_with(" per task"), "{lines:?}");
    assert!(lines[2].contains("median and range of 1 x "), "{lines:?}");
}

pub fn the_json_object_counts_the_tasks_of_a_loop(program: &Program) {
    let json = object(&program.run("sqrt -n 5 --workers 2 --repeat 2 --json").end().ends_with(0));
    assert_eq!([text(&json["strategy"]), text(&json["workload"])], [program.strategy(), "sqrt"]);
    assert_eq!(["asked", "ok", "errors"].map(|name| number(&json["counts"][name])), [5, 5, 0]);
    assert_eq!(["tasks", "repeat"].map(|name| number(&json["settings"][name])), [5, 2]);
    let rows = json["samples"].as_array().expect("the schema says so");
    assert_eq!(rows.len(), 2, "a row for each measurement");
    let loops = number(&json["settings"]["loops"]);
    let per_loop = rows.iter().map(|row| (number(&row["end_us"]) - number(&row["start_us"])).div_ceil(loops));
    let elapsed = number(&json["elapsed_us"]);
    assert!(elapsed >= 1 && elapsed <= per_loop.max().expect("two rows") + 1, "of one loop: {json}");
}

pub fn ctrl_c_ends_the_measurements(program: &Program) {
    let mut running = program.run("sqrt --repeat 1000000 --events events.jsonl").start();
    // A signal before the first of them would end the program without a word.
    let events = running.home().join("events.jsonl");
    wait_until("it measures", || fs::read_to_string(&events).is_ok_and(|events| events.contains("repeat 1")));
    running.signal(Signal::SIGINT);
    running.wait_for_stderr("interrupted");
    running.wait().ends_with(130);
}
