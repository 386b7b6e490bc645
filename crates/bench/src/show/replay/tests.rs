use super::*;
use crate::analyse::summary::summarise;
use crate::plan::workload::{Time, Workload};
use crate::record::basis::Basis;
use crate::record::environment::Environment;
use crate::record::run::{Record, RecordedContender, RecordedWorkload};
use crate::record::sample::Sample;

/// A run of `count` numbers by one contender, whose first task has this name.
fn films_of(count: usize, label: &str) -> Vec<Film> {
    let contender = RecordedContender {
        name: "x".into(),
        workers: 1,
        command: Vec::new(),
        why: None,
        bound_us: None,
        basis: Basis::Rounds,
    };
    let workload = Workload::new(Work::Sqrt { count, workers: 1 }, Time::Wall);
    let name = workload.name.clone();
    let recorded = RecordedWorkload { workload, delays_us: None, repeats: 1, contenders: vec![contender] };
    let record = Record { workloads: vec![recorded], ..Record::new("bench".into(), Environment::unknown()) };
    let sample = Sample { round: 1, workload: name, contender: "x".into(), wall_us: 9, ..Sample::default() };
    let row = |place: usize| {
        let task = if place == 0 { label.to_owned() } else { place.to_string() };
        serde_json::json!({"task": task, "outcome": "error", "class": "HTTP 418", "start_us": place, "end_us": place + 1})
    };
    let report = serde_json::json!({"counts": {"asked": 3, "ok": 3}, "elapsed_us": 9, "samples": (0..count).map(row).collect::<Vec<_>>()});
    let report = report.to_string();
    films(&summarise(&record, &[sample]), &|_, _| ProgramReport::parse(report.as_bytes()).ok())
}

#[test]
fn a_film_has_each_task_with_its_times_and_its_error() {
    let json = serde_json::to_value(films_of(2, "BR")).unwrap();
    assert_eq!(json[0]["panes"][0]["elapsed_us"], 9);
    assert_eq!(json[0]["panes"][0]["tasks"][0], serde_json::json!(["BR", 1, 0, 1, "error", "HTTP 418", 0]));
}

#[test]
fn nothing_that_a_program_says_ends_the_script() {
    let page = section(&films_of(2, "</script><img src=x>&amp;")).into_string();
    assert_eq!((page.matches("</script").count(), page.matches("<img").count()), (2, 0));
    assert!(page.contains("\\u003c/script\\u003e") && !page.contains("src=\"http"));
}

#[test]
fn what_nobody_can_follow_or_is_too_large_for_a_page_is_left_out() {
    assert!(films_of(1, "BR").is_empty() && films_of(MOST_TASKS + 1, "BR").is_empty());
    let largest = films_of(MOST_TASKS, &"x".repeat(100_000));
    assert!(largest.len() == 1 && json(&largest).len() < MOST_BYTES);
}
