//! The thread pool beside what it is compared with: Python's `ThreadPoolExecutor`, a bare channel, and rayon.
//!
//! `cargo bench -p executor --bench threads_beside`. Every variant runs once a round, in an order that is different each time, so that a
//! busy minute of the machine hits all alike. A ratio is the median of the ratios within the rounds.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Instant;

use executor::threads::ThreadPool;
use executor::{Executor, as_completed};

const ROUNDS: usize = 11;
const TASKS: u64 = 100_000;
const WORKERS: usize = 2;

/// A variant's name, and what does it once and says how many seconds it took.
type Variant<'a> = (&'a str, Box<dyn FnMut() -> f64 + 'a>);

fn main() {
    let mut python = Python::start();
    let python = std::cell::RefCell::new(&mut python);
    let ask = |experiment: &'static str, times| {
        let python = &python;
        Box::new(move || python.borrow_mut().run(experiment, times)) as Box<dyn FnMut() -> f64>
    };
    let mut variants: Vec<Variant> = vec![
        ("20 sqrt, new pool of 20", Box::new(|| time(100, sqrt))),
        ("20 sqrt, Python", ask("sqrt", 10)),
        ("tiny tasks", Box::new(|| time(1, tiny))),
        ("tiny tasks, as completed", Box::new(|| time(1, completed))),
        ("tiny tasks, bare channel", Box::new(|| time(1, channel))),
        ("tiny tasks, rayon", Box::new(|| time(1, rayon_fifo))),
        ("tiny tasks, Python", ask("tiny", 1)),
        ("tiny tasks, Python as completed", ask("completed", 1)),
    ];
    // One round more: the first one warms up and does not count.
    let count = variants.len();
    let mut seconds = vec![Vec::new(); count];
    for round in 0..=ROUNDS {
        for step in 0..count {
            // A stride without a common divisor visits all, each round from another start and another way round.
            let variant = (round * 5 + step * [3, 5, 7][round % 3]) % count;
            let taken = variants[variant].1();
            if round > 0 {
                seconds[variant].push(taken);
            }
        }
    }
    println!("{TASKS} tiny tasks, {WORKERS} workers; medians of {ROUNDS} interleaved rounds");
    for ((name, _), seconds) in variants.iter().zip(&seconds) {
        let (low, median, high) = spread(seconds.clone());
        println!("{name:32} {:10.1} µs  ({:.1} to {:.1})", median * 1e6, low * 1e6, high * 1e6);
    }
    println!();
    println!("{:60} {:>7}  {:16} of the least times", "ratios", "median", "(least to most)");
    let ratio = |what: &str, above: usize, below: usize| {
        let ratios = seconds[above].iter().zip(&seconds[below]).map(|(above, below)| above / below).collect();
        let (low, median, high) = spread(ratios);
        // On a busy machine the least times are those of its quiet moments.
        let least = spread(seconds[above].clone()).0 / spread(seconds[below].clone()).0;
        println!("{what:60} {median:7.2}  {:16} {least:7.2}", format!("({low:.2} to {high:.2})"));
    };
    ratio("20 sqrt: Python's time, ours = 1 (goal: at least 5)", 1, 0);
    ratio("tiny tasks: Python's time, ours = 1 (goal: at least 80)", 6, 2);
    ratio("tiny tasks: our time, a bare channel's = 1 (goal: at most 2)", 2, 4);
    ratio("tiny tasks: our time, rayon's = 1 (goal: at most 1)", 2, 5);
    ratio("as completed: our time, ours without = 1 (goal: at most 1.7)", 3, 2);
    ratio("as completed: Python's time, ours = 1", 7, 3);
}

/// The time of one run, in seconds, as the mean of several.
fn time(times: u32, run: impl Fn()) -> f64 {
    let start = Instant::now();
    (0..times).for_each(|_| run());
    start.elapsed().as_secs_f64() / f64::from(times)
}

/// Least, median and greatest.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2], values[values.len() - 1])
}

fn sqrt() {
    let pool = ThreadPool::new(20).expect("20 is not zero");
    let roots = pool.map_tasks((0..20).map(|n| move || f64::from(black_box(n)).sqrt()));
    assert!(roots.map(|root| root.expect("no task fails")).sum::<f64>() > 57.0);
}

fn tiny() {
    let pool = ThreadPool::new(WORKERS).expect("two is not zero");
    let futures: Vec<_> = (0..TASKS).map(|n| pool.submit(move || black_box(n))).collect();
    let sum: u64 = futures.into_iter().map(|future| future.result().expect("no task fails")).sum();
    assert_eq!(sum, TASKS * (TASKS - 1) / 2);
}

fn completed() {
    let pool = ThreadPool::new(WORKERS).expect("two is not zero");
    let futures = as_completed((0..TASKS).map(|n| pool.submit(move || black_box(n))));
    let sum: u64 = futures.map(|future| future.result().expect("no task fails")).sum();
    assert_eq!(sum, TASKS * (TASKS - 1) / 2);
}

/// The least that could be done: boxed closures in a channel, and a latch at the end.
fn channel() {
    type Job = Box<dyn FnOnce() + Send>;
    let (sender, jobs) = crossbeam_channel::unbounded::<Job>();
    let latch = Latch::new();
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            let jobs = jobs.clone();
            scope.spawn(move || jobs.iter().for_each(|job| job()));
        }
        for n in 0..TASKS {
            let latch = latch.clone();
            sender.send(Box::new(move || latch.count(n))).expect("the workers are there");
        }
        latch.wait();
        drop(sender);
    });
}

fn rayon_fifo() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(WORKERS).build().expect("two is not zero");
    let latch = Latch::new();
    for n in 0..TASKS {
        let latch = latch.clone();
        pool.spawn_fifo(move || latch.count(n));
    }
    latch.wait();
}

/// Lets one thread wait until all tasks are done, and adds up what they found.
struct Latch {
    left: AtomicUsize,
    sum: AtomicUsize,
    waiter: Thread,
}

impl Latch {
    fn new() -> Arc<Self> {
        let left = AtomicUsize::new(TASKS as usize);
        Arc::new(Self { left, sum: AtomicUsize::new(0), waiter: thread::current() })
    }

    fn count(&self, n: u64) {
        self.sum.fetch_add(black_box(n) as usize, Ordering::Relaxed);
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.waiter.unpark();
        }
    }

    fn wait(&self) {
        while self.left.load(Ordering::Acquire) > 0 {
            thread::park();
        }
        assert_eq!(self.sum.load(Ordering::Relaxed) as u64, TASKS * (TASKS - 1) / 2);
    }
}

/// One Python for the whole benchmark, so that its start is in no time.
struct Python {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Python {
    fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/threads_beside.py");
        let mut child = Command::new("python3")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("failed to start python3, with which the pool is compared");
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { child, questions, answers }
    }

    fn run(&mut self, experiment: &str, times: u32) -> f64 {
        let questions = self.questions.as_mut().expect("open until the end");
        writeln!(questions, "{experiment} {times}").expect("failed to ask python3");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("failed to hear from python3");
        answer.trim().parse().expect("python3 answers in seconds")
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // At the end of its input the script ends.
        self.questions = None;
        let _ = self.child.wait();
    }
}
