use std::path::Path;

use super::*;
use crate::analyse::goals::Reached;
use crate::plan::goals::{DEFAULT, Task};
use crate::record::basis::Basis;
use crate::record::environment::Environment;
use crate::record::run::{RecordedContender, RecordedWorkload};
use crate::record::sample::Sample;

const FILE: &str = r#"
[[group]]
name = "g"
rounds = 6

[[group.workload]]
name = "few"
title = "100 flags"
flags = 100
concurrency = 30
contenders = ["ours", "theirs"]

[[group.workload]]
name = "many"
title = "1,000 flags"
flags = 1000
concurrency = 30
contenders = ["ours"]
"#;

/// The only goal of a file, held against samples: the microseconds, the KiB and the connections of each of seven rounds.
fn reached(goal: &str, samples: &[(&str, &str, [u64; 3])]) -> Reached {
    let file = format!("{FILE}\n[[goal]]\n{goal}");
    let goals = parse(&file).unwrap();
    let folder = Folder { path: tempfile::tempdir().unwrap().keep() };
    folder.write("goals.toml", &file).unwrap();
    let part = Folder::create(&folder.path, "g").unwrap();

    let environment = Environment::unknown();
    let recorded = |task: &Task| {
        let names = samples.iter().filter(|(on, ..)| *on == task.name).map(|(_, who, _)| RecordedContender {
            name: who.to_string(),
            workers: 30,
            command: Vec::new(),
            why: (*who == "theirs").then(|| "as its authors start it".into()),
            bound_us: Some(1_000),
            basis: Basis::Rounds,
        });
        let workload = task.workload(20);
        RecordedWorkload { workload, delays_us: None, repeats: 1, contenders: names.collect() }
    };
    let workloads = goals.groups[0].workloads.iter().map(recorded).collect();
    part.save(&Record { workloads, ..Record::new("bench goals".into(), environment) }).unwrap();
    let mut file = crate::record::sample::SampleFile::create(&part.file("samples.csv")).unwrap();
    for round in 0..=7 {
        for (on, who, [us, kib, connections]) in samples {
            let slow_round = if round == 3 { 5 } else { 1 };
            let sample = Sample {
                round,
                workload: on.to_string(),
                contender: who.to_string(),
                wall_us: us * slow_round,
                user_us: us * 2,
                peak_kib: (*kib > 0 || round == 0).then_some(kib.max(&500)).copied(),
                server_connections: Some(*connections),
                wrong: (*us == 0).then(|| "BR.gif is missing".into()),
                ..Sample::default()
            };
            file.append(&sample).unwrap();
        }
    }
    let table = markdown(&folder).unwrap();
    let [row] = &evaluate(&goals, &folder).unwrap()[..] else { panic!("one goal has one row") };
    assert!(table.contains(&row.goal) && table.contains(&row.reached), "{table}");
    let has_peer = samples.iter().any(|(_, who, _)| *who == "theirs");
    assert_eq!(table.matches("* *theirs*: as its authors start it\n").count(), usize::from(has_peer), "{table}");
    std::fs::remove_dir_all(&folder.path).unwrap();
    row.clone()
}

const BOTH: [(&str, &str, [u64; 3]); 3] =
    [("few", "ours", [2_000, 1_000, 30]), ("few", "theirs", [3_000, 4_000, 1]), ("many", "ours", [30_000, 1_500, 31])];

#[test]
fn faster_is_the_others_time_by_ours_in_the_same_round() {
    let row = reached("on = 'few'\nwho = ['ours']\nthan = ['theirs']\nfaster = 1.5", &BOTH);
    assert_eq!((row.reached.as_str(), row.met), ("1.50 × [1.50, 1.50]", Some(true)));
    assert_eq!(row.goal, "ours: at least 1.5 × as fast as theirs");
    assert_eq!(reached("on = 'few'\nwho = ['ours']\nthan = ['theirs']\nfaster = 1.51", &BOTH).met, Some(false));
}

#[test]
fn at_most_is_our_figure_by_the_others() {
    let row = reached("on = 'few'\nwho = ['ours']\nfigure = 'memory'\nthan = ['theirs']\nat_most = 0.25", &BOTH);
    assert_eq!((row.reached.as_str(), row.met), ("0.250 × [0.250, 0.250]", Some(true)));
    let row = reached("on = 'few'\nwho = ['ours']\nfigure = 'cpu'\nthan = ['theirs']\nat_most = 0.6", &BOTH);
    assert_eq!((row.reached.as_str(), row.met), ("0.667 × [0.667, 0.667]", Some(false)));
}

#[test]
fn times_grow_by_the_task_and_memory_does_not() {
    let row = reached("on = 'many'\nwho = ['ours']\nthan_on = 'few'\nat_most = 1.1", &BOTH);
    assert_eq!((row.reached.as_str(), row.met), ("1.50 × [1.50, 1.50]", Some(false)));
    assert_eq!(
        (row.work.as_str(), row.goal.as_str()),
        ("1,000 flags", "ours: time a task at most 1.1 × that of it with 100 flags")
    );
    let row = reached("on = 'many'\nwho = ['ours']\nfigure = 'memory'\nthan_on = 'few'\nat_most = 1.5", &BOTH);
    assert_eq!((row.reached.as_str(), row.met), ("1.50 × [1.50, 1.50]", Some(true)));
}

#[test]
fn a_figure_by_itself_has_its_unit() {
    let row = reached("on = 'few'\nwho = ['ours']\nat_most = 1.9", &BOTH);
    assert_eq!((row.reached.as_str(), row.met), ("2.00 ms [2.00 ms, 10.0 ms]", Some(false)));
    let row = reached("on = 'few'\nwho = ['ours']\nfigure = 'memory'\nat_most = 1.1", &BOTH);
    assert_eq!((row.reached.as_str(), row.met), ("1.02 MB [1.02 MB, 1.02 MB]", Some(true)));
    let row = reached("on = 'few'\nwho = ['ours']\nfigure = 'bound'\nat_most = 2", &BOTH);
    assert_eq!((row.reached.as_str(), row.met), ("2.00 × [2.00, 10.0]", Some(true)));
}

#[test]
fn memory_that_was_only_seen_from_outside_is_that_of_round_zero() {
    let silent = [("few", "ours", [2_000, 0, 30])];
    let row = reached("on = 'few'\nwho = ['ours']\nfigure = 'memory'\nat_most = 0.6", &silent);
    assert_eq!((row.reached.as_str(), row.met), ("0.512 MB", Some(true)));
}

#[test]
fn exactly_is_exactly() {
    let goal = |on| format!("on = '{on}'\nwho = ['ours']\nfigure = 'connections'\nexactly = 30");
    assert_eq!(reached(&goal("few"), &BOTH).met, Some(true));
    assert_eq!(reached(&goal("many"), &BOTH).met, Some(false));
}

#[test]
fn what_was_not_measured_is_neither_met_nor_missed() {
    let row = reached("on = 'few'\nwho = ['ours']\nthan = ['theirs']\nfaster = 1", &BOTH[..1]);
    assert_eq!((row.reached.as_str(), row.met), ("not measured: theirs is not installed", None));
    let row = reached("on = 'few'\nwho = ['ours']\nat_most = 1", &[("few", "ours", [0, 0, 0])]);
    assert!(row.reached.contains("the answer of ours was wrong") && row.met.is_none(), "{row:?}");
}

#[test]
fn a_goal_that_says_nothing_is_refused() {
    for goal in [
        "on = 'few'\nwho = ['ours']",
        "on = 'none'\nwho = ['ours']\nat_most = 1",
        "on = 'few'\nwho = ['x']\nfaster = 1",
    ] {
        assert!(parse(&format!("{FILE}\n[[goal]]\n{goal}")).is_err(), "{goal}");
    }
}

#[test]
fn without_nginx_nothing_takes_its_place() {
    let mut goals = parse(DEFAULT).unwrap();
    let all = goals.contenders(Path::new("/top")).unwrap();
    let servers = goals.groups.iter().find(|group| group.name == "servers").unwrap();
    let names = |nginx| servers.matches(&all, nginx, 20).into_iter().map(|one| one.workload.name).collect::<Vec<_>>();
    assert_eq!(names(true), ["wrk-flag-server", "wrk-nginx"]);
    assert_eq!(names(false), ["wrk-flag-server"]);
}

#[test]
fn every_contender_of_the_goals_is_described() {
    let mut goals = parse(DEFAULT).unwrap();
    let all = goals.contenders(Path::new("/top")).unwrap();
    for group in &goals.groups {
        let found = group.matches(&all, true, 20);
        for (task, found) in group.workloads.iter().zip(found) {
            let names: Vec<_> = found.contenders.iter().map(|one| one.name.as_str()).collect();
            assert_eq!(names, task.contenders, "{}", task.name);
        }
    }
    let tasks: Vec<&Task> = goals.groups.iter().flat_map(|group| &group.workloads).collect();
    let does = |name: &String, on: &str| tasks.iter().any(|task| task.name == on && task.contenders.contains(name));
    for goal in &goals.goals {
        let other = goal.than_on.as_deref().unwrap_or(&goal.on);
        goal.who.iter().for_each(|who| assert!(does(who, &goal.on), "{who} in {}", goal.on));
        goal.than.iter().for_each(|than| assert!(does(than, other), "{than} in {other}"));
    }
}
