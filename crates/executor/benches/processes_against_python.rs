//! The process pool beside Python's: `cargo bench -p executor --bench processes_against_python`.
//!
//! Both run in turn, in the same rounds, so that whatever else the machine does slows down both. The ratio is the median
//! of the ratios of the rounds. Below are figures that have no counterpart in Python.

use std::io::{BufRead, BufReader, Write};
use std::num::NonZeroUsize;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, hint, iter, thread};

use executor::processes::{Options, ProcessPool, RemoteTask, StartMethod, Usage, enter};
use executor::{Executor, MapOptions, Task, remote_task};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

/// How often everything is measured.
const ROUNDS: usize = 9;

/// Longer than a worker takes to start; longer than anything that is measured.
const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(10);

/// Python's side: reads what to do, and prints how long it took, in seconds for each loop or task.
const PYTHON: &str = r#"
import math, multiprocessing, statistics, sys, time
from concurrent.futures import ProcessPoolExecutor

def pool(method, workers):
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(method))

def loop(method, workers):
    start = time.perf_counter()
    with pool(method, workers) as executor:
        list(executor.map(math.sqrt, range(20)))
    return time.perf_counter() - start

def tiny(chunksize, tasks):
    with pool("fork", 2) as executor:
        list(executor.map(math.sqrt, range(100)))
        start = time.perf_counter()
        list(executor.map(math.sqrt, range(tasks), chunksize=chunksize))
        return (time.perf_counter() - start) / tasks

def main():
    for line in sys.stdin:
        what, *words = line.split()
        if what == "loop":
            method, workers = words[0], int(words[1])
            loop(method, workers)
            print(statistics.median(loop(method, workers) for _ in range(3)), flush=True)
        else:
            print(tiny(int(words[0]), int(words[1])), flush=True)

# forkserver and spawn import this module again.
if __name__ == "__main__":
    main()
"#;

remote_task!(Sqrt(f64) -> f64 = f64::sqrt);

/// What a worker is asked about itself.
#[derive(Serialize, Deserialize)]
enum About {
    /// Its private memory, in KiB.
    PrivateKib,
    /// Its process.
    Pid,
    /// Nothing: it is to be busy for so long.
    Busy(Duration),
    /// Nothing: it is to sleep for so long.
    Asleep(Duration),
}

impl Task for About {
    type Output = u64;

    fn run(self) -> u64 {
        match self {
            Self::PrivateKib => {
                let rollup = fs::read_to_string("/proc/self/smaps_rollup").expect("failed to read the memory map");
                let private = rollup.lines().filter(|line| line.starts_with("Private_"));
                private.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum()
            }
            Self::Pid => u64::from(std::process::id()),
            Self::Asleep(time) => {
                thread::sleep(time);
                0
            }
            Self::Busy(time) => {
                let start = Instant::now();
                while start.elapsed() < time {
                    hint::spin_loop();
                }
                0
            }
        }
    }
}

impl RemoteTask for About {
    const NAME: &'static str = "about";
}

fn main() -> ExitCode {
    if let Some(code) = enter(|tasks| {
        tasks.add::<Sqrt>().add::<About>();
    }) {
        return code;
    }
    if env::args().nth(1).as_deref() == Some("orphan") {
        orphan();
    }
    let mut python = Python::start();
    println!("medians of {ROUNDS} rounds; python is {}", python_version());
    println!("\n20 square roots, the pool made and dropped inside the timing");
    for workers in [2, 20] {
        let names = ["fork", "forkserver", "spawn"];
        let rounds: Vec<_> = (0..ROUNDS)
            .map(|_| (seconds_per_loop(workers), names.map(|name| python.ask(&format!("loop {name} {workers}")))))
            .collect();
        println!("  {workers:2} workers: {:8.2} ms", 1e3 * median(rounds.iter().map(|round| round.0)));
        for (i, name) in names.into_iter().enumerate() {
            row(&format!("python {name}"), 1e3, "ms", rounds.iter().map(|round| (round.0, round.1[i])));
        }
    }
    println!("\ntiny tasks, 2 workers, for each task");
    for (chunksize, tasks) in [(1, 10_000), (16, 100_000), (256, 100_000)] {
        let rounds: Vec<_> = (0..ROUNDS)
            .map(|_| (seconds_per_task(chunksize), python.ask(&format!("tiny {chunksize} {tasks}"))))
            .collect();
        println!("  chunksize {chunksize:3}: {:8.3} µs", 1e6 * median(rounds.iter().map(|round| round.0)));
        row("python fork", 1e6, "µs", rounds.into_iter());
    }
    for method in [StartMethod::Spawn, StartMethod::ForkServer] {
        let ms = |measure: &dyn Fn(&Options) -> f64| {
            1e3 * median(each_round(|| measure(&ProcessPool::builder().start_method(method))))
        };
        println!("\nours alone, start method {method:?}");
        println!("  from nothing to the first result: {:.2} ms", ms(&first_result));
        let ballast = vec![1_u8; 1 << 30];
        println!("  the same, with a parent of 1 GiB: {:.2} ms", ms(&first_result));
        drop(ballast);
        for workers in [2, 3, 4, 8, 30] {
            let all = ms(&|options| all_at_work(options, workers));
            println!("  from nothing until {workers} workers have a task: {all:.2} ms");
        }
        println!("  a worker's own memory: {:.0} KiB", ms(&private_kib) / 1e3);
        println!("  a worker's death, until its task fails: {:.2} ms", ms(&|options| death(options).0));
        println!("  and until its replacement has run a task: {:.2} ms", ms(&|options| death(options).1));
    }
    println!("\n  a parent's death, until no worker is left: {:.2} ms", 1e3 * median(each_round(parents_death)));
    println!("  this process: {:?}", Usage::of_this_process());
    ExitCode::SUCCESS
}

/// A line of the table: Python's median, and how many times ours that is.
fn row(name: &str, scale: f64, unit: &str, rounds: impl Iterator<Item = (f64, f64)> + Clone) {
    let theirs = scale * median(rounds.clone().map(|round| round.1));
    let ratios = rounds.map(|(ours, theirs)| theirs / ours);
    println!("    {name:17} {theirs:8.2} {unit}, {:6.1} times ours", median(ratios));
}

/// Not that of `bench`: this library depends on none of the programs around it, not even in its tests.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn each_round<T>(measure: impl Fn() -> T) -> impl Iterator<Item = T> {
    iter::repeat_with(measure).take(ROUNDS)
}

fn pool(workers: usize) -> ProcessPool {
    ProcessPool::new(workers).expect("failed to make a pool")
}

fn roots(pool: &ProcessPool, tasks: usize, chunksize: usize) {
    let options = MapOptions::new().chunksize(NonZeroUsize::new(chunksize).expect("no chunk is empty"));
    let results = pool.map_tasks_with(options, (0..tasks).map(|n| Sqrt(n as f64)));
    let sum: f64 = results.map(|root| root.expect("a square root cannot fail")).sum();
    // The sum of the square roots of the numbers below n is about two thirds of n to the power of 1.5.
    let expected = (tasks as f64).powf(1.5) / 1.5;
    assert!((sum - expected).abs() < 0.05 * expected, "{sum} is not {expected}");
}

fn seconds_per_loop(workers: usize) -> f64 {
    let once = || {
        let start = Instant::now();
        roots(&pool(workers), 20, 1);
        start.elapsed().as_secs_f64()
    };
    once();
    median((0..3).map(|_| once()))
}

fn seconds_per_task(chunksize: usize) -> f64 {
    // Both workers are there from the beginning, as Python's are.
    let pool = pool(2);
    both_busy(&pool);
    roots(&pool, 100, 1);
    let start = Instant::now();
    roots(&pool, 100_000, chunksize);
    start.elapsed().as_secs_f64() / 1e5
}

/// Keeps two workers busy for a moment.
fn both_busy(pool: &ProcessPool) {
    let both: Vec<_> = (0..2).map(|_| pool.submit(About::Busy(SHORT))).collect();
    both.into_iter().for_each(|future| drop(future.result()));
    assert_eq!(pool.worker_ids().len(), 2);
}

/// This many workers, with these options.
fn with(options: &Options, workers: usize) -> ProcessPool {
    options.clone().workers(workers).build().expect("failed to make a pool")
}

fn all_at_work(options: &Options, workers: usize) -> f64 {
    let start = Instant::now();
    let pool = with(options, workers);
    let all: Vec<_> = (0..workers).map(|_| pool.submit(About::Asleep(SHORT))).collect();
    all.into_iter().for_each(|future| drop(future.result()));
    (start.elapsed() - SHORT).as_secs_f64()
}

fn first_result(options: &Options) -> f64 {
    let start = Instant::now();
    let pool = with(options, 1);
    pool.submit(Sqrt(4.0)).result().expect("a square root cannot fail");
    start.elapsed().as_secs_f64()
}

fn private_kib(options: &Options) -> f64 {
    let pool = with(options, 1);
    roots(&pool, 1000, 1);
    pool.submit(About::PrivateKib).result().expect("the worker knows its memory") as f64
}

fn death(options: &Options) -> (f64, f64) {
    let pool = with(options, 1);
    pool.submit(About::Pid).result().expect("the worker knows its process");
    let busy = pool.submit(About::Busy(LONG));
    while !busy.running() {}
    thread::sleep(Duration::from_millis(2));
    let start = Instant::now();
    kill(pool.worker_ids()[0]);
    busy.result().expect_err("the worker was killed");
    let seen = start.elapsed();
    pool.submit(About::Pid).result().expect("another worker took its place");
    (seen.as_secs_f64(), start.elapsed().as_secs_f64())
}

fn parents_death() -> f64 {
    let program = env::current_exe().expect("failed to find this program");
    let mut parent =
        Command::new(program).arg("orphan").stdout(Stdio::piped()).spawn().expect("failed to start a parent");
    let mut line = String::new();
    let output = parent.stdout.take().expect("it is piped");
    BufReader::new(output).read_line(&mut line).expect("failed to read the workers");
    let start = Instant::now();
    kill(parent.id());
    for worker in line.split_whitespace() {
        while is_alive(worker) {}
    }
    let elapsed = start.elapsed();
    parent.wait().expect("failed to wait for the parent");
    elapsed.as_secs_f64()
}

/// The parent that will be killed: one worker is busy, one is idle.
fn orphan() -> ! {
    let pool = pool(2);
    both_busy(&pool);
    let _busy = pool.submit(About::Busy(LONG));
    println!("{}", pool.worker_ids().iter().map(u32::to_string).collect::<Vec<_>>().join(" "));
    loop {
        thread::park();
    }
}

fn kill(process: u32) {
    let pid = Pid::from_raw(process.cast_signed()).expect("no process has number 0");
    kill_process(pid, Signal::KILL).expect("failed to kill");
}

fn is_alive(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['Z', 'X']))
}

/// A Python that does what it is told.
struct Python {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
    _script: tempfile::NamedTempFile,
}

impl Python {
    fn start() -> Self {
        let script = tempfile::Builder::new().suffix(".py").tempfile().expect("failed to make a file");
        fs::write(&script, PYTHON).expect("failed to write the script");
        let mut child = Command::new("python3")
            .arg(script.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("failed to start python3");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { child, output, _script: script }
    }

    fn ask(&mut self, what: &str) -> f64 {
        let input = self.child.stdin.as_mut().expect("it is piped");
        writeln!(input, "{what}").expect("failed to ask python");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("failed to hear python");
        line.trim().parse().expect("python says a number")
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        self.child.stdin = None;
        let _ = self.child.wait();
    }
}

fn python_version() -> String {
    let output = Command::new("python3").arg("-V").output().expect("failed to start python3");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
