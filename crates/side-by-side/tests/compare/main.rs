//! Programs that compare their own function, seen from outside. This test is the program: started with `STAND_IN`, it compares.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, ExitCode, Output, Stdio},
    sync::{Arc, atomic::AtomicBool},
};

use libtest_mimic::{Arguments, Failed, Trial};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

mod stand_in;

/// What makes the program compare, and says how its `main` looks. It reaches the children by their environment, which is that of the user.
const STAND_IN: &str = "STAND_IN";

fn main() -> ExitCode {
    if let Ok(kind) = env::var(STAND_IN) {
        return stand_in::main(&kind);
    }
    // What is ignored is inherited, as from `nohup`; what has a handler is not.
    let ended = Arc::new(AtomicBool::new(true));
    signal_hook::flag::register_conditional_shutdown(Signal::SIGINT as i32, 130, ended).unwrap();
    let tests: [(&str, fn()); 12] = [
        ("every_strategy_is_a_row_and_all_of_it_is_kept", every_strategy_is_a_row_and_all_of_it_is_kept),
        ("without_an_asynchronous_form_the_run_says_why_there_is_no_row", without_an_asynchronous_form),
        ("a_strategy_that_answers_otherwise_is_a_row_that_says_so", a_strategy_that_answers_otherwise),
        ("a_function_that_answers_otherwise_each_time_is_told_so", a_fickle_function),
        ("a_panic_is_a_row_for_every_strategy", a_panic),
        ("a_worker_that_its_task_ends_is_a_row_and_the_others_have_times", a_lost_worker),
        ("a_task_that_never_ends_is_a_row_after_the_time_limit", a_task_that_never_ends),
        ("nan_is_itself_and_what_is_printed_is_no_part_of_the_report", nan_and_printing),
        ("only_narrows_a_run_and_keeps_the_baseline", only_narrows_a_run),
        ("a_command_line_that_makes_no_sense_is_told_and_ends_with_2", bad_command_lines),
        ("json_takes_the_place_of_the_table_and_is_as_its_schema_says", json_takes_the_place_of_the_table),
        ("ctrl_c_keeps_what_was_measured_and_leaves_no_process", ctrl_c),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(name, move || {
            test();
            Ok::<(), Failed>(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), tests.map(trial).into()).exit_code()
}

/// A program in a folder of its own.
struct Program {
    folder: tempfile::TempDir,
    kind: &'static str,
}

struct Ran {
    stdout: String,
    stderr: String,
}

impl Program {
    fn new(kind: &'static str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), kind }
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(arguments.split_whitespace()).env(STAND_IN, self.kind).current_dir(&self.folder);
        command.stdin(Stdio::null());
        command
    }

    /// Runs it, and demands that it ends with `status`.
    #[track_caller]
    fn run(&self, arguments: &str, status: i32) -> Ran {
        Ran::of(self.command(arguments).output().unwrap(), status)
    }

    /// The folder of its only run.
    fn results(&self) -> PathBuf {
        let mut folders = fs::read_dir(self.folder.path().join("results")).unwrap();
        let folder = folders.next().unwrap().unwrap().path();
        assert!(folders.next().is_none());
        folder
    }
}

impl Ran {
    #[track_caller]
    fn of(output: Output, status: i32) -> Self {
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(output.status.code(), Some(status), "{stdout}\n{stderr}");
        Self { stdout, stderr }
    }

    /// The strategies in the table, each with whether its answer was right.
    fn rows(&self) -> Vec<(&str, bool)> {
        let cells = |line: &'_ str| line.starts_with('│').then(|| line.contains(" wrong "));
        let rows = self.stdout.lines().filter_map(|line| Some((line.split_whitespace().nth(1)?, !cells(line)?)));
        let mut rows: Vec<_> = rows.filter(|row| row.0 != "strategy").collect();
        // The control.
        rows.dedup();
        rows
    }

    /// Its words, however their lines are broken.
    fn says(&self, words: &str) -> bool {
        [&self.stdout, &self.stderr].iter().any(|text| {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            text.contains(words)
        })
    }
}

fn every_strategy_is_a_row_and_all_of_it_is_kept() {
    let program = Program::new("async");
    let ran = program.run("--rounds 6 --workers 3 1 2 wait wait wait", 0);
    let names = ["sequential", "thread-pool", "process-pool", "async-tasks"];
    assert_eq!(ran.rows(), names.map(|name| (name, true)), "{}", ran.stdout);
    assert!(ran.stdout.contains("5 tasks of one's own, at most 3 at once"), "{}", ran.stdout);
    let folder = program.results();
    for name in ["run.json", "samples.csv", "results.json", "table.txt", "report.html", "waterfall.svg", "cost.svg"] {
        assert!(fs::metadata(folder.join(name)).is_ok_and(|meta| meta.len() > 0), "{name}");
    }
    let picture = fs::read_to_string(folder.join("waterfall.svg")).unwrap();
    assert!(picture.matches("class=\"work\"").count() >= 4 * 5, "a bar for each task: {picture}");
    let samples = fs::read_to_string(folder.join("samples.csv")).unwrap();
    assert!(samples.lines().filter(|line| line.contains(",sequential,true,")).count() >= 6, "the control: {samples}");
}

fn without_an_asynchronous_form() {
    let program = Program::new("blocking");
    let ran = program.run("--rounds 1 1", 0);
    assert_eq!(ran.rows(), ["sequential", "thread-pool", "process-pool"].map(|name| (name, true)));
    let why = "There is no row for async-tasks: the tasks have no asynchronous form.";
    assert!(ran.says(why), "{}", ran.stderr);
    assert!(fs::read_to_string(program.results().join("table.md")).unwrap().contains("no row for async-tasks"));
    assert!(program.run("--only async-tasks 1", 2).says(why));
}

fn a_strategy_that_answers_otherwise() {
    let ran = Program::new("blocking").run("--rounds 1 1 lie-in-threads", 1);
    assert_eq!(ran.rows(), [("sequential", true), ("thread-pool", false), ("process-pool", true)]);
    let why = "thread-pool has no times: in round 0 its answer was wrong: task 2 gave 43.0, where sequential first gave 42.0.";
    assert!(ran.says(why), "{}", ran.stdout);
}

fn a_fickle_function() {
    let ran = Program::new("blocking").run("--rounds 1 fickle", 1);
    assert!(ran.rows().iter().all(|row| !row.1), "{}", ran.stdout);
    assert!(ran.says("what answers otherwise each time cannot be checked"), "{}", ran.stdout);
}

fn a_panic() {
    let ran = Program::new("async").run("--rounds 1 1 panic panic", 1);
    assert!(ran.rows().len() == 4 && ran.rows().iter().all(|row| !row.1), "{}", ran.stdout);
    let failed = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(failed.matches(": out of luck, and 1 more failed.").count(), 4, "{failed}");
}

fn a_lost_worker() {
    let ran = Program::new("blocking").run("--rounds 1 1 abort-in-worker", 1);
    assert_eq!(ran.rows(), [("sequential", true), ("thread-pool", true), ("process-pool", false)]);
    let why = "task 2 failed: the worker was lost while it ran the task: killed by SIGABRT.";
    assert!(ran.says(why), "{}", ran.stdout);
}

fn a_task_that_never_ends() {
    let ran = Program::new("blocking").run("--rounds 1 --time-limit 300ms --only thread-pool long", 1);
    assert_eq!(ran.rows(), [("sequential", false), ("thread-pool", false)]);
    assert!(ran.says("it was killed after 0.3 s, its time limit"), "{}", ran.stdout);
}

fn nan_and_printing() {
    Program::new("async").run("--rounds 1 nan print", 0);
}

fn only_narrows_a_run() {
    let ran = Program::new("async").run("--rounds 1 --only process-pool 1", 0);
    assert_eq!(ran.rows(), [("sequential", true), ("process-pool", true)]);
}

fn bad_command_lines() {
    for (kind, arguments, complaint) in [
        ("blocking", "", "there is nothing to do: the list has no tasks"),
        ("blocking", "--frob 1", "unexpected argument '--frob'"),
        ("blocking", "--workers 0 1", "a whole number, 1 or more"),
        ("blocking", "--budget soon 1", "a time like 90s"),
        ("blocking", "--only threads 1", "the strategies are sequential, thread-pool, process-pool"),
        ("blocking", "--bin / 1", "--bin is for `scripts/bench`"),
        ("blocking", "--results /proc/here 1", "--results names another place"),
        ("blocking", "--side-by-side-run thread-pool 2", "failed to read the list of tasks"),
        ("deaf", "1", "there is no argument '1'"),
    ] {
        let status = if arguments.starts_with("--side-by-side-run") { 1 } else { 2 };
        let ran = Program::new(kind).run(arguments, status);
        assert!(ran.stderr.contains(complaint), "{arguments}: {}", ran.stderr);
    }
    let program = Program::new("blocking");
    let ran = program.run("--side-by-side-run", 2);
    assert!(ran.says("is for the program itself"), "{}", ran.stderr);
}

fn json_takes_the_place_of_the_table() {
    let program = Program::new("blocking");
    let ran = program.run("--rounds 1 --json 1", 0);
    let kept = fs::read_to_string(program.results().join("results.json")).unwrap();
    assert_eq!(ran.stdout, kept);
    let schema = serde_json::from_str(include_str!("../../../bench/results.schema.json")).unwrap();
    jsonschema::validate(&schema, &serde_json::from_str(&kept).unwrap()).unwrap();
}

fn ctrl_c() {
    let program = Program::new("blocking");
    let mut command = program.command("--rounds 1000 --workers 2 wait wait");
    let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut errors = BufReader::new(running.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("1000 rounds") {
        line.clear();
        assert!(errors.read_line(&mut line).unwrap() > 0, "it ended before its first round");
    }
    kill(Pid::from_raw(running.id().cast_signed()), Signal::SIGINT).unwrap();
    let ran = Ran::of(running.wait_with_output().unwrap(), 130);
    assert!(ran.says("What cannot be concluded"), "{}", ran.stdout);
    let record = fs::read_to_string(program.results().join("run.json")).unwrap();
    assert!(record.contains("The run was interrupted"), "{record}");
    let ours = fs::canonicalize(program.folder.path()).unwrap();
    let left = fs::read_dir("/proc").unwrap().flatten();
    let left = left.filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|place| place == ours));
    assert_eq!(left.count(), 0, "processes were left behind");
}
