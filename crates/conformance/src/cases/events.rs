//! A run told as it happens: `--events`.

use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use jsonschema::{Registry, Validator};
use nix::sys::signal::Signal;
use serde_json::Value;

use crate::{
    flag_server::FlagServer,
    program::{Program, wait_until},
    verify::{number, text},
};

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let schema = |text| serde_json::from_str::<Value>(text).expect("the schema is JSON");
    let run = schema(include_str!("../../../common/schemas/run.schema.json"));
    let registry = Registry::new().add("http://localhost/run.schema.json", run).and_then(|registry| registry.prepare());
    jsonschema::options()
        .with_registry(&registry.expect("the schema of a run is one"))
        .with_base_uri("http://localhost/")
        .build(&schema(include_str!("../../../common/schemas/events.schema.json")))
        .expect("the schema is one")
});

/// The events in a file, each as the schema says, and all of them a true story; and the end.
#[track_caller]
fn story(file: &Path) -> (Vec<Value>, Value) {
    let lines = fs::read_to_string(file).expect("the events were asked for");
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    for event in &events {
        if let Err(error) = SCHEMA.validate(event) {
            panic!("{event} is not as the schema says: {error}");
        }
    }
    let kind = |event: &Value| text(&event["event"]);
    let [first, tasks @ .., last] = &events[..] else { panic!("{lines}") };
    assert_eq!([kind(first), kind(last)], ["run", "end"], "{lines}");
    let mut under_way = BTreeMap::new();
    let mut samples = Vec::new();
    for event in tasks {
        let key = (text(&event["task"]), number(&event["copy"]));
        match kind(event).as_str() {
            "start" => assert!(under_way.insert(key, event).is_none(), "it started twice: {event}"),
            "sample" => {
                let start = under_way.remove(&key).unwrap_or_else(|| panic!("it never started: {event}"));
                assert_eq!([&start["at_us"], &start["worker"]], [&event["start_us"], &event["worker"]], "{event}");
                // The time of sqrt is that of a loop, as in --json.
                let is_within = number(&event["end_us"]) <= number(&last["elapsed_us"]);
                assert!(is_within || first["workload"] == "sqrt", "{event}");
                samples.push(event.clone());
            }
            _ => panic!("{event} is between the tasks"),
        }
    }
    assert!(under_way.is_empty(), "{under_way:?} have no end");
    (samples, last.clone())
}

pub fn each_start_and_sample_and_the_end_are_told(program: &Program) {
    let server = FlagServer::local();
    let told = program.flags(&server.base(), "br cn fr zz --repeat 3 -m 2 --events events").told().counts(9, 3, 0);
    let (samples, end) = story(&told.ended.home.path().join("events"));
    let rows: Vec<_> = samples
        .into_iter()
        .map(|mut sample| {
            sample.as_object_mut().expect("the schema says so").remove("event");
            sample
        })
        .collect();
    assert_eq!(rows, told.rows());
    assert_eq!([&end["counts"], &end["elapsed_us"]], [&told.json["counts"], &told.json["elapsed_us"]]);
}

pub fn the_other_workloads_tell_theirs(program: &Program) {
    for (args, tasks) in [("primes 2 -n 7 9 11", 3), ("loiter 0.1 0 0.05", 3), ("sqrt --repeat 2", 2)] {
        let ended = program.run(&format!("{args} --events events")).end().ends_with(0);
        let (samples, end) = story(&ended.home.path().join("events"));
        assert_eq!((samples.len(), &end["interrupted"]), (tasks, &Value::Bool(false)), "{args}");
    }
    if program.has_pool() {
        let server = FlagServer::local();
        let ended = program.run(&format!("futures -s {} --events events", server.base())).end().ends_with(0);
        assert_eq!(story(&ended.home.path().join("events")).0.len(), 5);
    }
}

pub fn they_are_told_while_it_runs_and_an_interrupted_run_has_an_end(program: &Program) {
    let server = FlagServer::delay(100, 200);
    let running = program.flags(&server.base(), "--all -m 2 --events events").start();
    let file = running.home().join("events");
    let lines = || fs::read_to_string(&file).unwrap_or_default();
    wait_until("a sample is told", || lines().contains("\"event\":\"sample\""));
    assert!(!lines().contains("\"event\":\"end\""), "there are 194 flags");
    running.signal(Signal::SIGINT);
    let ended = running.wait().ends_with(130);
    let (samples, end) = story(&ended.home.path().join("events"));
    assert_eq!(end["interrupted"], true);
    assert_eq!(number(&end["counts"]["asked"]), samples.len() as u64 + number(&end["counts"]["not_started"]));
}

pub fn a_start_in_this_process_is_told_before_the_task_ends(program: &Program) {
    let server = FlagServer::delay(400, 500);
    let running = program.flags(&server.base(), "br -m 1 --events events").start();
    let file = running.home().join("events");
    let mut seen = String::new();
    wait_until("its start is told", || {
        seen = fs::read_to_string(&file).unwrap_or_default();
        seen.contains("\"event\":\"start\"")
    });
    assert!(!seen.contains("\"event\":\"sample\""), "{seen}");
    running.wait().ends_with(0);
}

pub fn events_that_cannot_be_written_are_an_error(program: &Program) {
    let server = FlagServer::local();
    let ended = program.flags(&server.base(), "br --events /nowhere/events").end().ends_with(2);
    assert!(ended.stderr.contains("failed to create the events file /nowhere/events"), "{}", ended.stderr);
    assert!(ended.files.is_empty(), "nothing was done");
    let ended = program.flags(&server.base(), "br --events /dev/full").end().ends_with(1);
    assert!(ended.stderr.contains("failed to write the events /dev/full"), "{}", ended.stderr);
}
