//! The workload `primes`.

use std::fs;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

use crate::{
    program::{Program, Running, wait_until},
    verify::{number, object, text},
};

/// The chapter's numbers, and which are prime.
const TWENTY: [(u64, bool); 20] = [
    (2, true),
    (142702110479723, true),
    (299593572317531, true),
    (3333333333333301, true),
    (3333333333333333, false),
    (3333335652092209, false),
    (4444444444444423, true),
    (4444444444444444, false),
    (4444444488888889, false),
    (5555553133149889, false),
    (5555555555555503, true),
    (5555555555555555, false),
    (6666666666666666, false),
    (6666666666666719, true),
    (6666667141414921, false),
    (7777777536340681, false),
    (7777777777777753, true),
    (7777777777777777, false),
    (9999999999999917, true),
    (9999999999999999, false),
];

/// The largest prime of 64 bits: to check it takes many seconds.
const LONG: u64 = 18446744073709551557;

/// `with 2 threads`
fn how(program: &Program, workers: usize) -> String {
    let plural = |worker: &str| match workers {
        1 => worker.to_owned(),
        _ if worker.ends_with('s') => format!("{worker}es"),
        _ => format!("{worker}s"),
    };
    program.worker().map_or("sequentially".into(), |worker| format!("with {workers} {}", plural(worker)))
}

/// The numbers of a report in the order of its lines, and whether each is prime; the form of each line is checked.
fn answers(lines: &[&str]) -> Vec<(u64, bool)> {
    let answer = |line: &&str| {
        let (number, rest) = line.split_at(16);
        let (label, seconds) = rest.split_at(4);
        let prime = match label {
            "  P " => true,
            "    " => false,
            other => panic!("{other:?} in {line:?}"),
        };
        let digits = seconds.strip_suffix('s').expect("seconds").trim_start().split_once('.').expect("a fraction");
        assert!(seconds.len() == 10 && digits.1.len() == 6, "{line:?}");
        (number.trim_start().parse().expect("a number"), prime)
    };
    lines.iter().map(answer).collect()
}

pub fn the_chapters_twenty_are_checked_and_nine_are_prime(program: &Program) {
    let ended = program.run("primes 2").end().ends_with(0);
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert_eq!(lines[0], format!("Checking 20 numbers {}:", how(program, 2)));
    let mut found = answers(&lines[1..21]);
    found.sort();
    assert_eq!(found, TWENTY);
    assert!(lines[21].starts_with("20 checks in ") && lines[21].ends_with('s'), "{}", lines[21]);
    assert!(lines[22].is_empty() && lines[23].starts_with("Total work: "), "{lines:?}");
    assert!(lines[24].starts_with(&format!("Best possible {}", how(program, 2))), "{lines:?}");
    assert!(lines[25].ends_with(" times the best possible."), "{lines:?}");
}

pub fn map_gives_the_results_in_order_of_submission(program: &Program) {
    for (order, expected) in [
        ("", [142702110479723, 11, 9, 4]),
        ("--order descending", [142702110479723, 11, 9, 4]),
        ("--order ascending", [4, 9, 11, 142702110479723]),
        ("--order given", [11, 142702110479723, 4, 9]),
    ] {
        let ended = program.run(&format!("primes 2 --map {order} -n 11 142702110479723 4 9")).end().ends_with(0);
        let lines: Vec<_> = ended.stdout.lines().collect();
        assert_eq!(lines[0], format!("Checking 4 numbers {}:", how(program, 2)));
        let expected = expected.map(|number| (number, [11, 142702110479723].contains(&number)));
        assert_eq!(answers(&lines[1..5]), expected, "{order}");
        assert!(lines[5].starts_with("Total time: "), "{}", lines[5]);
    }
}

pub fn the_json_object_tells_of_each_number(program: &Program) {
    let json = object(&program.run("primes 2 --order descending --json -n 7 1000003 9 0").end().ends_with(0));
    assert_eq!([text(&json["strategy"]), text(&json["workload"])], [program.strategy(), "primes"]);
    assert_eq!(json["settings"]["numbers"], Value::from(vec![1000003, 9, 7, 0]), "in order of submission");
    assert_eq!([&json["settings"]["order"], &json["settings"]["map"]], [&Value::from("descending"), &false.into()]);
    let counts = ["asked", "ok", "prime", "composite", "errors"].map(|name| number(&json["counts"][name]));
    assert_eq!(counts, [4, 4, 2, 2, 0]);
    let rows = json["samples"].as_array().expect("the schema says so");
    let mut outcomes: Vec<_> = rows.iter().map(|row| (text(&row["task"]), text(&row["outcome"]))).collect();
    outcomes.sort();
    let expected = [("0", "composite"), ("1000003", "prime"), ("7", "prime"), ("9", "composite")];
    assert_eq!(outcomes, expected.map(|(task, outcome)| (task.to_owned(), outcome.to_owned())));
    let workers = number(&json["settings"]["workers"]);
    assert_eq!(workers, if program.is_sequential() { 1 } else { 2 });
    for row in rows {
        let [start, end, worker] = ["start_us", "end_us", "worker"].map(|name| number(&row[name]));
        assert!(start <= end && end <= number(&json["elapsed_us"]) && worker < workers, "{row}");
    }
}

pub fn a_trace_has_a_slice_for_each_number(program: &Program) {
    let ended = program.run("primes 2 --trace trace.json -n 7 9").end().ends_with(0);
    assert!(ended.stdout.contains("2 checks in "), "the report comes as well");
    let trace = fs::read(ended.home.path().join("trace.json")).expect("the trace was asked for");
    let trace: Value = serde_json::from_slice(&trace).expect("a trace is JSON");
    let slices = trace["traceEvents"].as_array().expect("it has events").iter();
    let mut slices: Vec<_> = slices
        .filter(|event| event["cat"] == "primes")
        .map(|event| (text(&event["name"]), text(&event["args"]["outcome"])))
        .collect();
    slices.sort();
    assert_eq!(slices, [("7", "prime"), ("9", "composite")].map(|(name, outcome)| (name.into(), outcome.into())));
}

pub fn ctrl_c_ends_it_with_what_is_known(program: &Program) {
    let running = program.run(&format!("primes 2 -n 7 {LONG} {LONG} {LONG} 9")).start();
    running.wait_for_stdout("7  P  ");
    running.signal(Signal::SIGINT);
    let ended = running.wait().ends_with(130);
    assert!(ended.stdout.contains("\n1 check in "), "{}", ended.stdout);
    assert!(ended.stdout.contains("\n4 numbers not checked.\n"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("Best possible"), "it is not known: {}", ended.stdout);
}

/// The only process beside the program itself, once it has computed for a while.
fn busy_worker(running: &Running) -> Pid {
    let mut worker = None;
    wait_until("the worker computes", || {
        worker = running.processes().into_iter().find(|pid| *pid != running.child.id() && ticks(*pid) >= 10);
        worker.is_some()
    });
    Pid::from_raw(worker.expect("just found").cast_signed())
}

/// The processor time of a process in its own code, in ticks of 10 ms.
fn ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The 14th field; the second, the name, is in brackets and may have spaces.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    after_name.split_whitespace().nth(11).and_then(|ticks| ticks.parse().ok()).unwrap_or_default()
}

pub fn a_worker_that_comes_to_harm_costs_its_own_number_only(program: &Program) {
    let running = program.run(&format!("primes 1 -n 7 {LONG} 9 11")).start();
    running.wait_for_stdout("7  P  ");
    kill(busy_worker(&running), Signal::SIGKILL).expect("it computes");
    let ended = running.wait().ends_with(1);
    let lost = format!("{LONG}  error: the worker was lost while it ran the task: killed by SIGKILL");
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert!(lines.contains(&lost.as_str()), "{lines:?}");
    assert_eq!(answers(&[lines[1], lines[3], lines[4]]), [(7, true), (9, false), (11, true)]);
    assert!(lines[5].starts_with("3 checks in ") && lines[6] == "1 number not checked.", "{lines:?}");
}

pub fn a_killed_run_leaves_no_busy_worker(program: &Program) {
    let running = program.run(&format!("primes 2 -n 7 {LONG} {LONG}")).start();
    running.wait_for_stdout("7  P  ");
    running.signal(Signal::SIGKILL);
    running.wait().ends_with(137);
}

pub fn only_an_event_loop_can_be_computed_on(program: &Program) {
    let ended = program.run("primes 2 --on-runtime -n 142702110479723").end();
    if program.has_event_loops() {
        let ended = ended.ends_with(0);
        assert!(ended.stdout.contains("\nThe tasks computed on the event loop itself; "), "{}", ended.stdout);
        let other = program.run("primes 2 -n 142702110479723").end().ends_with(0);
        assert!(other.stdout.contains("(spawn_blocking)"), "{}", other.stdout);
    } else {
        let ended = ended.ends_with(2);
        assert!(ended.stderr.contains("--on-runtime") && ended.stderr.contains("no event loop"), "{}", ended.stderr);
    }
}
