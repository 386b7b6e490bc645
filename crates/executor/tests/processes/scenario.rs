//! Programs with a pool, in processes of their own: for what ends a program.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{env, thread};

use crate::common::Probe;
use executor::{Executor, Future};

use crate::deadlock::{Bomb, How, STEPS};
use crate::support::{START_METHOD, method, pid, pool, said};
use crate::tasks::Act;

const SCENARIO: &str = "scenario:";

/// A program with a pool.
pub struct Scenario {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
}

impl Scenario {
    /// Starts this program again, in a process group of its own, as if from a terminal.
    pub fn start(name: &str) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .arg(format!("{SCENARIO}{name}"))
            .env(START_METHOD, format!("{:?}", method()))
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = child.stderr.take().unwrap();
        Self { child, stdout, stderr }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Its workers, which it prints on one line.
    pub fn workers(&mut self) -> Vec<u32> {
        self.line().split(' ').map(|worker| worker.parse().unwrap()).collect()
    }

    /// Whatever else it prints until it, and all who may write to the same place, have ended.
    pub fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        rest
    }

    /// What was printed on its standard error.
    pub fn complaints(&mut self) -> String {
        let mut complaints = String::new();
        self.stderr.read_to_string(&mut complaints).unwrap();
        complaints
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

/// Plays the scenario that the command line names.
pub fn play() -> Option<ExitCode> {
    let name = env::args().nth(1)?.strip_prefix(SCENARIO)?.to_owned();
    let words: Vec<_> = name.split(' ').collect();
    match words[..] {
        ["bomb", step, how] => bomb(step.parse().unwrap(), how),
        ["busy", gate] => busy(gate),
        ["careful", gate] => careful(gate),
        ["forgetful", gate] => forgetful(gate),
        ["print", text] => print(text),
        _ => panic!("there is no scenario {name:?}"),
    }
    Some(ExitCode::SUCCESS)
}

/// Something goes wrong in this process.
fn bomb(step: usize, how: &str) {
    let pool = pool(1);
    println!("{}", pid(&pool));
    let how = if how == "Exit" { How::Exit } else { How::Crash };
    let _ = pool.submit(Bomb(STEPS[step], how)).result();
    unreachable!("this process should have ended");
}

/// Two workers are busy, and a third is idle.
fn busy(gate: &str) {
    // A shell has what it runs in the background ignore Ctrl-C, the tests too perhaps. This program does as programs do by default.
    let default = Arc::new(AtomicBool::new(true));
    signal_hook::flag::register_conditional_default(signal_hook::consts::SIGINT, default).unwrap();
    let pool = pool(3);
    let sleepers: Vec<_> = (0..3).map(|_| pool.submit(Act::Sleep(Duration::from_millis(300)))).collect();
    sleepers.into_iter().for_each(|sleeper| drop(said(sleeper)));
    let held = [1, 2].map(|number| pool.submit(Probe::Hold(gate.into(), number)));
    println!("{}", ids(pool.worker_ids()));
    let _ = held.map(Future::result);
}

/// A program that handles Ctrl-C itself: it lets its tasks finish.
fn careful(gate: &str) {
    let interrupted = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, interrupted.clone()).unwrap();
    let pool = pool(1);
    let held = pool.submit(Probe::Hold(gate.into(), 1));
    while !held.running() {
        thread::sleep(Duration::from_millis(1));
    }
    println!("{}", ids(pool.worker_ids()));
    while !interrupted.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(1));
    }
    println!("interrupted");
    println!("{:?}", held.result());
}

/// `main` returns while a task runs.
fn forgetful(gate: &str) {
    let pool = pool(1);
    let _held = pool.submit(Probe::Hold(gate.into(), 1));
    println!("{}", pid_of_first(&pool));
    pool.shutdown(false, false);
}

/// A task prints on standard output.
fn print(text: &str) {
    let pool = pool(1);
    for _ in 0..3 {
        let result = said(pool.submit(Act::Print(text.to_owned())));
        println!(" and the result is {result}");
    }
}

fn pid_of_first(pool: &executor::processes::ProcessPool) -> u32 {
    loop {
        if let [worker] = pool.worker_ids()[..] {
            return worker;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn ids(workers: Vec<u32>) -> String {
    workers.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}
