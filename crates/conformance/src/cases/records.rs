//! Runs as data: `--json` and `--trace`.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use crate::{
    flag_server::FlagServer,
    program::Program,
    verify::{number, object, text},
};

pub fn the_json_object_has_every_knob(program: &Program) {
    let server = FlagServer::local();
    let args = "br cn fr -m 2 --retries 3 --timeout 2.5 --max-bytes 123456 --dest downloaded";
    let told = program.flags(&server.base(), args).told().counts(3, 0, 0);
    let settings = &told.json["settings"];
    assert_eq!(text(&told.json["strategy"]), program.strategy());
    assert_eq!(text(&told.json["workload"]), "flags");
    assert_eq!(text(&settings["base_url"]), server.base());
    assert_eq!(text(&settings["dest"]), "downloaded");
    assert_eq!(number(&settings["concurrency"]), program.concurrency(2, 3) as u64);
    assert_eq!(["retries", "max_bytes"].map(|name| number(&settings[name])), [3, 123_456]);
    assert_eq!(["head", "body"].map(|phase| number(&settings[format!("{phase}_timeout_ms")])), [2500, 2500]);
    let processes = number(&told.json["processes"]);
    let workers = if program.runs_its_tasks_itself() { 0 } else { 2 };
    let server_and_keeper = if program.has_queue() { 2 } else { 0 };
    assert_eq!(processes, 1 + workers + server_and_keeper, "the program, and the workers that it started");
}

pub fn repeated_flags_are_told_of_copy_by_copy(program: &Program) {
    let server = FlagServer::local();
    let told = program.flags(&server.base(), "br cn zz --repeat 3 -m 4").told().counts(6, 3, 0).ends_with(0);
    let names: Vec<_> = told.ended.files.keys().map(String::as_str).collect();
    assert_eq!(names, ["BR-2.gif", "BR-3.gif", "BR.gif", "CN-2.gif", "CN-3.gif", "CN.gif"]);
}

pub fn a_summary_leaves_out_the_rows_and_nothing_else(program: &Program) {
    let server = FlagServer::local();
    let ended = program.run(&format!("flags br cn zz -s {} --json=summary", server.base())).end().ends_with(0);
    let summary = object(&ended);
    assert_eq!(summary["samples"].as_array().map(Vec::len), Some(0));
    assert_eq!(["ok", "not_found", "asked"].map(|name| number(&summary["counts"][name])), [2, 1, 3]);
}

pub fn a_waterfall_has_a_lane_for_each_of_a_few_flags(program: &Program) {
    let server = FlagServer::delay(5, 10);
    for (locale, side) in [("C.UTF-8", '│'), ("C", '|')] {
        let run = program.run(&format!("flags br cn fr -s {} --progress none --waterfall", server.base()));
        let ended = run.env("LC_ALL", locale).env("COLUMNS", "60").end().ends_with(0);
        let lanes: Vec<_> = ended.stdout.lines().filter(|line| line.contains(side)).collect();
        let mut names: Vec<_> = lanes.iter().map(|lane| &lane[..2]).collect();
        names.sort();
        assert_eq!(names, ["BR", "CN", "FR"], "{}", ended.stdout);
        assert!(lanes.iter().all(|lane| lane.chars().count() <= 60), "{}", ended.stdout);
    }
}

pub fn a_trace_has_a_lane_per_worker_and_phases_within_tasks(program: &Program) {
    let server = FlagServer::delay(1, 5);
    let told = program.flags(&server.base(), "a -m 3 --trace trace.json").told();
    let trace = fs::read(told.ended.home.path().join("trace.json")).expect("the trace was asked for");
    let trace: Value = serde_json::from_slice(&trace).expect("a trace is JSON");
    let events = trace["traceEvents"].as_array().expect("it has events");

    let lanes: Vec<_> = events
        .iter()
        .filter(|event| event["ph"] == "M" && event["name"] == "thread_name")
        .map(|event| (number(&event["tid"]), text(&event["args"]["name"])))
        .collect();
    let workers = told.rows().iter().map(|row| number(&row["worker"])).max().expect("there are rows") + 1;
    assert_eq!(lanes, (0..workers).map(|worker| (worker + 1, format!("worker {worker}"))).collect::<Vec<_>>());

    let mut tasks = BTreeMap::new();
    for event in events.iter().filter(|event| event["cat"] == "flags") {
        let begin = number(&event["ts"]);
        tasks.insert((number(&event["tid"]), begin), (begin + number(&event["dur"]), text(&event["name"])));
    }
    assert_eq!(tasks.len(), told.rows().len(), "a slice per task");
    for row in told.rows() {
        let (end, name) = &tasks[&(number(&row["worker"]) + 1, number(&row["start_us"]))];
        assert_eq!((*end, name), (number(&row["end_us"]), &text(&row["task"])));
    }
    let mut ends = BTreeMap::new();
    for (&(worker, begin), (end, name)) in &tasks {
        let before = ends.insert(worker, *end).unwrap_or_default();
        assert!(begin >= before, "{name} begins before its worker's task before has ended");
    }
    let phases: Vec<_> = events.iter().filter(|event| event["cat"] == "phase").collect();
    assert!(phases.len() >= tasks.len());
    for phase in phases {
        let begin = number(&phase["ts"]);
        let task = tasks.range(..=(number(&phase["tid"]), begin)).next_back().expect("a task around each phase");
        assert!(number(&phase["tid"]) == task.0.0 && begin + number(&phase["dur"]) <= task.1.0, "{phase} in {task:?}");
        assert!(["wait", "connect", "first byte", "body", "save"].contains(&text(&phase["name"]).as_str()));
    }
}
