//! The subcommand `futures` of the two pools.

use crate::{
    flag_server::FlagServer,
    program::Program,
    verify::{number, object, text},
};

/// What stands between the address and the end of `<Future at 0x7f… state=running>`.
fn state(future: &str) -> &str {
    let rest = future.strip_prefix("<Future at 0x").unwrap_or_else(|| panic!("no future: {future:?}"));
    let (address, state) = rest.split_once(" state=").unwrap_or_else(|| panic!("no state: {future:?}"));
    assert!(address.chars().all(|digit| digit.is_ascii_hexdigit()), "{future:?}");
    state
}

/// What follows the type that a finished future has returned.
fn returned(state: &str) -> Option<&str> {
    Some(state.strip_prefix("finished returned ")?.split_once('>')?.1)
}

pub fn five_futures_are_shown_as_they_are_scheduled_and_as_they_complete(program: &Program) {
    let server = FlagServer::delay(50, 100);
    let ended = program.run(&format!("futures -s {}", server.base())).end().ends_with(0);
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 11, "{lines:?}");
    for (line, code) in lines.iter().zip(["BR", "CN", "ID", "IN", "US"]) {
        let future = line.strip_prefix(&format!("Scheduled for {code}: ")).unwrap_or_else(|| panic!("{line:?}"));
        let state = state(future);
        assert!(["running>", "pending>"].contains(&state) || returned(state).is_some(), "{line:?}");
    }
    let mut codes: Vec<_> = lines[5..10]
        .iter()
        .map(|line| {
            returned(state(line)).and_then(|rest| rest.strip_prefix(" result: ")).unwrap_or_else(|| panic!("{line:?}"))
        })
        .collect();
    codes.sort();
    assert_eq!(codes, ["'BR'", "'CN'", "'ID'", "'IN'", "'US'"]);
    assert!(lines[10].starts_with("5 downloads in ") && lines[10].ends_with('s'), "{lines:?}");
    assert_eq!(ended.files.len(), 5);
}

pub fn the_json_object_tells_of_each_future(program: &Program) {
    let server = FlagServer::delay(5, 10);
    let ended = program.run(&format!("futures -s {} --json", server.base())).end().ends_with(0);
    let record = object(&ended);
    assert_eq!(text(&record["workload"]), "futures");
    assert_eq!(number(&record["counts"]["ok"]), 5);
    let mut codes: Vec<_> = record["samples"].as_array().into_iter().flatten().map(|row| text(&row["task"])).collect();
    codes.sort();
    assert_eq!(codes, ["BR", "CN", "ID", "IN", "US"]);
}

pub fn what_a_future_holds_of_a_failed_download_is_shown(program: &Program) {
    let ended = program.run("futures -s http://127.0.0.1:1/flags").end().ends_with(1);
    let failed =
        ended.stdout.lines().filter(|line| line.contains(" state=finished raised Panic> error: the task panicked"));
    assert_eq!(failed.count(), 5, "{}", ended.stdout);
    assert!(ended.stdout.contains("\n0 downloads in "), "{}", ended.stdout);
    assert!(ended.stderr.is_empty(), "a panic that is meant is not reported twice: {}", ended.stderr);
}

pub fn what_has_no_futures_has_no_such_subcommand(program: &Program) {
    let help = program.run("--help").end().ends_with(0);
    assert_eq!(help.stdout.contains("\n  futures "), program.has_pool(), "{}", help.stdout);
    if !program.has_pool() {
        let ended = program.run("futures").end().ends_with(2);
        assert!(ended.stderr.contains("'futures'") && ended.stderr.contains("has no pool"), "{}", ended.stderr);
    }
}
