//! What the workers of these tests can do.

use std::os::unix::process::CommandExt;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use std::{env, fs, hint, process, thread};

use crate::common::Probe;
use executor::processes::{self, ProcessPool, RemoteTask};
use executor::{Executor, Task, remote_task};
use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

use crate::deadlock::Bomb;
use crate::hostile::Hostile;
use crate::remote_task;

/// In a worker's environment: its `main` does not enter, but makes a pool.
pub const DOES_NOT_ENTER: &str = "TEST_DOES_NOT_ENTER";
/// In a worker's environment: its `main` does nothing.
pub const SLEEPS: &str = "TEST_SLEEPS";
/// In a worker's environment: its list of tasks is another.
pub const OTHER_LIST: &str = "TEST_OTHER_LIST";
/// In a worker's environment: it dies when it has entered.
pub const DIES: &str = "TEST_DIES";

/// In a worker's environment: its `main` starts a thread before it enters.
pub const HAS_A_THREAD: &str = "TEST_HAS_A_THREAD";

static STUBBORN: AtomicBool = AtomicBool::new(false);
static INITIALIZED: OnceLock<String> = OnceLock::new();
static INITIALIZATIONS: AtomicUsize = AtomicUsize::new(0);

/// The first line of `main`.
pub fn enter() -> Option<ExitCode> {
    let is_set = |name| env::var_os(name).is_some();
    if is_set(SLEEPS) {
        loop {
            thread::park();
        }
    }
    if is_set(DOES_NOT_ENTER) {
        let refusal = ProcessPool::new(1).expect_err("it is a worker, and has not entered");
        assert!(refusal.to_string().contains("processes::enter"), "{refusal}");
        return Some(ExitCode::from(9));
    }
    if is_set(HAS_A_THREAD) {
        thread::spawn(|| {
            loop {
                thread::park();
            }
        });
    }
    let code = processes::enter(|tasks| {
        remote_task::list(tasks);
        tasks.add::<Probe>().add::<Blob>().add::<Bomb>().add::<Hostile>();
        if !is_set(OTHER_LIST) {
            tasks.add::<Act>().add::<Setup>();
        }
        if is_set(DIES) {
            process::abort();
        }
    })?;
    if STUBBORN.load(Ordering::Relaxed) {
        ignore_sigterm();
        loop {
            thread::park();
        }
    }
    Some(code)
}

remote_task!(/** Gives its bytes back. */ pub Blob(#[serde(with = "serde_bytes")] pub Vec<u8>) -> Blob = |blob| Blob(blob));

/// What a task may do to its process.
#[derive(Serialize, Deserialize)]
pub enum Act {
    /// Gives the number of its process back.
    Pid,
    Exit(i32),
    Abort,
    /// Calls itself for ever.
    Overflow,
    /// Takes more memory than it may.
    Exhaust,
    Panic(String),
    /// Sleeps for so long, and gives the number of its process back.
    Sleep(Duration),
    /// Puts a program in the place of its process that does not end.
    BecomeAnother,
    /// Copies its process, and comes back in both.
    Fork,
    /// The worker will not end when it is asked to.
    BeStubborn,
    /// Gives a variable of the environment back.
    Env(String),
    /// Prints, with and without the end of the line, and on standard error.
    Print(String),
    /// Writes malformed bytes into the channel.
    Scribble,
    /// Says what the descriptors of the process are.
    Descriptors,
    /// Says what the initializer has left, and how often it has run.
    Initialized,
    /// Makes a pool in a task of a pool, and so on, so deep.
    Nest(u32),
    /// Gives the signal's number back with which the process is told of its parent's death.
    DeathSignal,
}

impl Task for Act {
    type Output = Result<String, String>;

    fn run(self) -> Self::Output {
        match self {
            Self::Pid => Ok(process::id().to_string()),
            Self::Exit(status) => process::exit(status),
            Self::Abort => process::abort(),
            Self::Overflow => Ok(overflow(0).to_string()),
            Self::Exhaust => {
                exhaust();
                Ok(String::new())
            }
            Self::Panic(message) => panic!("{message}"),
            Self::Sleep(time) => {
                thread::sleep(time);
                Ok(process::id().to_string())
            }
            Self::BecomeAnother => Err(process::Command::new("sleep").arg("600").exec().to_string()),
            Self::Fork => match clone_parent::start() {
                Ok(clone_parent::Process::Old(_)) => Ok("the original".to_owned()),
                Ok(clone_parent::Process::New) => Ok("the copy".to_owned()),
                Err(error) => Err(error.to_string()),
            },
            Self::BeStubborn => {
                STUBBORN.store(true, Ordering::Relaxed);
                Ok(String::new())
            }
            Self::Env(name) => env::var(name).map_err(|error| error.to_string()),
            Self::Print(text) => {
                println!("{text}");
                print!("{text}");
                eprint!("{text}");
                Ok(text)
            }
            Self::Scribble => scribble().map(|()| String::new()).map_err(|error| error.to_string()),
            Self::Descriptors => descriptors().map_err(|error| error.to_string()),
            Self::Initialized => {
                let left = INITIALIZED.get().cloned().unwrap_or_default();
                Ok(format!("{left} {}", INITIALIZATIONS.load(Ordering::Relaxed)))
            }
            Self::Nest(0) => Ok("the bottom".to_owned()),
            Self::Nest(deep) => {
                let pool = ProcessPool::new(1).map_err(|error| format!("{deep} to go: {error}"))?;
                pool.submit(Self::Nest(deep - 1)).result().map_err(|error| error.to_string())?
            }
            Self::DeathSignal => {
                let signal = rustix::process::parent_process_death_signal();
                Ok(format!("{signal:?}"))
            }
        }
    }
}

impl RemoteTask for Act {
    const NAME: &'static str = "act";
}

/// An initializer.
#[derive(Serialize, Deserialize)]
pub enum Setup {
    Sleep(Duration),
    Leave(String),
    Fail(String),
    Panic(String),
    Abort,
}

impl Task for Setup {
    type Output = Result<(), String>;

    fn run(self) -> Self::Output {
        INITIALIZATIONS.fetch_add(1, Ordering::Relaxed);
        match self {
            Self::Sleep(time) => {
                thread::sleep(time);
                Ok(())
            }
            Self::Leave(text) => INITIALIZED.set(text),
            Self::Fail(reason) => Err(reason),
            Self::Panic(message) => panic!("{message}"),
            Self::Abort => process::abort(),
        }
    }
}

impl RemoteTask for Setup {
    const NAME: &'static str = "setup";
}

fn ignore_sigterm() {
    signal_hook::flag::register(signal_hook::consts::SIGTERM, Arc::<AtomicBool>::default())
        .expect("failed to ignore SIGTERM");
}

#[expect(unconditional_recursion, reason = "that is what it is for")]
fn overflow(depth: usize) -> usize {
    let filling = hint::black_box([depth; 64]);
    overflow(depth + 1) + filling[depth % 64]
}

fn exhaust() {
    let limit = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::As, limit).expect("failed to set a limit");
    hint::black_box(vec![1_u8; 64 << 20]);
}

/// The targets of the descriptors, except that with which they are listed.
fn descriptors() -> std::io::Result<String> {
    let mut targets = Vec::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        let entry = entry?;
        let target = fs::read_link(entry.path())?.display().to_string();
        if !target.ends_with("/fd") {
            targets.push(format!("{}={target}", entry.file_name().display()));
        }
    }
    Ok(targets.join(" "))
}

/// Writes into every pipe that is not a standard descriptor and can be written to.
fn scribble() -> std::io::Result<()> {
    for entry in fs::read_dir("/proc/self/fdinfo")? {
        let entry = entry?;
        let info = fs::read_to_string(entry.path()).unwrap_or_default();
        let fd = entry.file_name().display().to_string();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).map(str::trim);
        if fd.parse::<u32>().is_ok_and(|fd| fd > 2) && flags.is_some_and(|flags| flags.ends_with('1')) {
            fs::write(format!("/proc/self/fd/{fd}"), [0xff; 100])?;
        }
    }
    Ok(())
}
