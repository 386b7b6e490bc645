//! One program, run once, as undisturbed as can be, and measured from outside.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Seek};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;

use crate::measure::{guard, memory};

/// The most that is kept of a program's standard output; what comes after is read and dropped.
const MOST_OUTPUT: usize = 64 << 20;
/// The most that is kept of its standard error.
const MOST_ERRORS: usize = 64 << 10;
/// How long the output may stay open after the program and what it left behind have ended. Only what cannot be ended holds it.
const LATE_OUTPUT: Duration = Duration::from_secs(2);
/// How long what a program leaves behind has to end by itself: some of it is ending just then.
const GRACE: Duration = Duration::from_millis(100);
/// How often the watchdog looks whether the user has had enough.
const TICK: Duration = Duration::from_millis(50);

/// What one run took, and what it said.
#[derive(Debug)]
pub struct Finished {
    /// How the program ended.
    pub end: End,
    /// From just before the start of the process to just after its end was seen.
    pub wall: Duration,
    /// What it and all of its reaped descendants used.
    pub usage: Usages,
    /// The most memory that it was seen with, in KiB, if it was looked at.
    pub peak_kib: Option<u64>,
    /// How many processes it left behind, which had to be ended.
    pub left_behind: usize,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: String,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, or by a signal that is not ours.
    Status(ExitStatus),
    /// Killed with its process group at its time limit.
    TimedOut,
    /// Killed with its process group because the user interrupted the benchmark.
    Interrupted,
}

/// Processor time in microseconds, and context switches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usages {
    /// Processor time in user mode.
    pub user_us: u64,
    /// Processor time in the kernel.
    pub system_us: u64,
    /// The program waited for something.
    pub voluntary: u64,
    /// The kernel gave the core to another process.
    pub involuntary: u64,
}

const RUNNING: u8 = 0;
const TIMED_OUT: u8 = 1;
const INTERRUPTED: u8 = 2;

/// How a program is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The time after which it is killed.
    pub limit: Duration,
    /// Raised when the user has had enough.
    pub cancel: &'a AtomicBool,
    /// Whether to look at its memory from outside, which disturbs its time.
    pub watch_memory: bool,
    /// Who hears its standard output while it runs, piece by piece; it is kept all the same.
    pub heard_by: Option<&'a mpsc::Sender<Vec<u8>>>,
    /// Whether it has our environment, and not only the three variables.
    pub own_environment: bool,
}

/// Runs `program` to its end, in a process group of its own, without a shell, on an environment of three variables
/// unless it is to have ours, with its output drained. Nothing else may be reaped by this process in the meantime: the usage is a difference.
///
/// # Errors
/// A program that cannot be started.
pub fn run(program: &OsStr, arguments: &[OsString], terms: Terms) -> Result<Finished> {
    let mut command = Command::new(program);
    command.args(arguments).process_group(0);
    if !terms.own_environment {
        command.env_clear().envs(environment());
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());

    let known = guard::children();
    let before = children_usage()?;
    let started = Instant::now();
    let mut child = command.spawn().with_context(|| {
        format!("failed to start {}: is it installed, and in PATH or where the path says?", program.display())
    })?;
    let stdout = drain(child.stdout.take(), MOST_OUTPUT, terms.heard_by.cloned());
    let stderr = drain(child.stderr.take(), MOST_ERRORS, None);
    let group = Pid::from_raw(child.id() as i32);

    let state = AtomicU8::new(RUNNING);
    let (status, wall, peak_kib) = thread::scope(|scope| {
        let (ended, watch) = mpsc::channel::<()>();
        let state = &state;
        scope.spawn(move || watchdog(&watch, group, started + terms.limit, terms.cancel, state));
        let (unwatched, until) = mpsc::channel::<()>();
        let memory = terms.watch_memory.then(|| scope.spawn(move || memory::peak_kib(group.as_raw(), &until)));
        let status = child.wait();
        let wall = started.elapsed();
        drop((ended, unwatched));
        (status, wall, memory.and_then(|memory| memory.join().ok().flatten()))
    });
    let status = status.context("failed to wait for a program")?;
    let usage = children_usage()?.since(before);
    // Whatever it left behind would disturb the next run, in its own group or out of it.
    let left_behind = guard::end_strays(&known, GRACE);
    // That nothing is left is the usual case, and an error here.
    let _ = killpg(group, Signal::SIGKILL);

    let end = match state.into_inner() {
        TIMED_OUT => End::TimedOut,
        INTERRUPTED => End::Interrupted,
        _ => End::Status(status),
    };
    let stderr = String::from_utf8_lossy(&stderr.kept()).into_owned();
    Ok(Finished { end, wall, usage, peak_kib, left_behind, stdout: stdout.kept(), stderr })
}

/// Runs `program` to its end with nothing but a start and a wait, its output in a file: what [`run`] adds shows beside it.
///
/// # Errors
/// A program that cannot be started, a file that cannot be made.
pub fn run_bare(program: &OsStr, arguments: &[OsString], _terms: Terms) -> Result<Finished> {
    let mut output = tempfile::tempfile().context("failed to create a file for the output")?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(environment());
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(Stdio::null());

    let before = children_usage()?;
    let started = Instant::now();
    let status = command.status().with_context(|| format!("failed to start {}", program.display()))?;
    let wall = started.elapsed();
    let usage = children_usage()?.since(before);
    let mut stdout = Vec::new();
    output.rewind()?;
    output.read_to_end(&mut stdout)?;
    let end = End::Status(status);
    Ok(Finished { end, wall, usage, peak_kib: None, left_behind: 0, stdout, stderr: String::new() })
}

/// The whole environment of every contender.
fn environment() -> [(&'static str, OsString); 3] {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    [("PATH", path), ("LC_ALL", "C.UTF-8".into()), ("HOME", "/nonexistent".into())]
}

/// Kills the group at the deadline or on interruption, whichever comes first, unless the program ends before.
fn watchdog(watch: &mpsc::Receiver<()>, group: Pid, deadline: Instant, cancel: &AtomicBool, state: &AtomicU8) {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match watch.recv_timeout(left.min(TICK)) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => return,
        }
        let reason = match () {
            () if cancel.load(Ordering::Relaxed) => INTERRUPTED,
            () if Instant::now() >= deadline => TIMED_OUT,
            () => continue,
        };
        state.store(reason, Ordering::Relaxed);
        // It may have ended by itself just now: then there is nothing to kill. And it may have left its group.
        let _ = killpg(group, Signal::SIGKILL);
        let _ = kill(group, Signal::SIGKILL);
        return;
    }
}

/// What comes out of a pipe, which is read to its end in a thread of its own, so that no program ever waits for its reader.
struct Drain {
    kept: Arc<Mutex<Vec<u8>>>,
    /// Ends with the pipe.
    end: mpsc::Receiver<()>,
}

/// Reads `pipe`, keeps the first `most` bytes, and tells them all to who hears them.
fn drain(pipe: Option<impl Read + Send + 'static>, most: usize, heard_by: Option<mpsc::Sender<Vec<u8>>>) -> Drain {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let (open, end) = mpsc::channel();
    let shared = Arc::clone(&kept);
    thread::spawn(move || {
        let _open = open;
        let mut buffer = vec![0; 64 << 10];
        let Some(mut pipe) = pipe else { return };
        // What a broken pipe has given so far is all that there is.
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            // One who hears no more is no reason to stop.
            let _ = heard_by.as_ref().map(|heard_by| heard_by.send(buffer[..length].to_vec()));
            let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let room = most - kept.len();
            kept.extend_from_slice(&buffer[..length.min(room)]);
        }
    });
    Drain { kept, end }
}

impl Drain {
    /// What came until the pipe was closed, or too late.
    fn kept(self) -> Vec<u8> {
        let _ = self.end.recv_timeout(LATE_OUTPUT);
        std::mem::take(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn children_usage() -> Result<Usages> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("failed to ask for the children's usage")?;
    Ok(Usages::from(usage))
}

impl From<Usage> for Usages {
    fn from(usage: Usage) -> Self {
        let [user_us, system_us] =
            [usage.user_time(), usage.system_time()].map(|time| time.num_microseconds().unsigned_abs());
        let [voluntary, involuntary] =
            [usage.voluntary_context_switches(), usage.involuntary_context_switches()].map(i64::unsigned_abs);
        Self { user_us, system_us, voluntary, involuntary }
    }
}

impl Usages {
    fn since(self, before: Self) -> Self {
        Self {
            user_us: self.user_us - before.user_us,
            system_us: self.system_us - before.system_us,
            voluntary: self.voluntary - before.voluntary,
            involuntary: self.involuntary - before.involuntary,
        }
    }
}

impl End {
    /// The exit status, of one that ended by itself.
    pub fn code(self) -> Option<i32> {
        if let Self::Status(status) = self { status.code() } else { None }
    }

    /// Whether the program ended with status 0.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Status(status) if status.success())
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TimedOut => f.write_str("time limit"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Status(status) => match (status.code(), status.signal()) {
                (Some(code), _) => write!(f, "{code}"),
                (None, Some(signal)) => match Signal::try_from(signal) {
                    Ok(signal) => f.write_str(signal.as_str()),
                    Err(_) => write!(f, "signal {signal}"),
                },
                (None, None) => write!(f, "{status}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLENTY: Duration = Duration::from_secs(60);

    fn sh(script: &str, limit: Duration) -> Finished {
        let arguments = ["-c".into(), script.into()];
        let cancel = AtomicBool::new(false);
        run(OsStr::new("sh"), &arguments, Terms { limit, watch_memory: true, ..terms(&cancel) }).unwrap()
    }

    fn terms(cancel: &AtomicBool) -> Terms<'_> {
        Terms { limit: PLENTY, cancel, watch_memory: false, heard_by: None, own_environment: false }
    }

    #[test]
    fn the_memory_of_all_processes_is_seen_from_outside() {
        // `dd` holds its 40 MB until `sleep`, which never reads, has ended.
        let hog = "dd if=/dev/zero bs=40M count=1 2>/dev/null | sleep 0.5";
        let alone = sh(hog, PLENTY).peak_kib.unwrap();
        let three = sh(&format!("{hog} & {hog} & {hog} & wait"), PLENTY).peak_kib.unwrap();
        assert!(alone > 40_000 && three > 120_000, "{alone} and {three} KiB");
    }

    #[test]
    fn output_and_status_come_back() {
        let finished = sh("echo out; echo err >&2; exit 3", PLENTY);
        assert_eq!((finished.stdout.as_slice(), finished.stderr.as_str()), (b"out\n".as_slice(), "err\n"));
        assert_eq!(finished.end.to_string(), "3");
        assert!(!finished.end.is_success());
    }

    #[test]
    fn output_is_heard_while_the_program_runs() {
        let cancel = AtomicBool::new(false);
        let (heard, pieces) = mpsc::channel();
        thread::scope(|scope| {
            let terms = Terms { heard_by: Some(&heard), ..terms(&cancel) };
            let script = ["-c".into(), "echo first; exec sleep 600".into()];
            let run = scope.spawn(move || run(OsStr::new("sh"), &script, terms));
            assert_eq!(pieces.recv().unwrap(), b"first\n");
            cancel.store(true, Ordering::Relaxed);
            let finished = run.join().unwrap().unwrap();
            assert_eq!((finished.end, finished.stdout.as_slice()), (End::Interrupted, b"first\n".as_slice()));
        });
    }

    #[test]
    fn a_megabyte_on_both_outputs_does_not_block() {
        let finished = sh("head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero", PLENTY);
        assert_eq!((finished.stdout.len(), finished.stderr.len()), (1_000_000, MOST_ERRORS));
    }

    #[test]
    fn the_environment_does_not_depend_on_the_caller() {
        let finished = sh("env", PLENTY);
        let output = String::from_utf8(finished.stdout).unwrap();
        let mut names: Vec<_> = output.lines().filter_map(|line| line.split_once('=')).map(|pair| pair.0).collect();
        names.sort();
        // `sh` itself adds PWD, and some shells a few more.
        names.retain(|name| !["PWD", "_", "SHLVL", "OLDPWD"].contains(name));
        assert_eq!(names, ["HOME", "LC_ALL", "PATH"]);
    }

    #[test]
    fn a_program_may_have_the_environment_of_the_caller() {
        let cancel = AtomicBool::new(false);
        let terms = Terms { own_environment: true, ..terms(&cancel) };
        let finished = run(OsStr::new("sh"), &["-c".into(), "echo $CARGO_PKG_NAME".into()], terms).unwrap();
        assert_eq!(finished.stdout, b"bench\n");
    }

    #[test]
    fn a_program_that_hangs_is_killed_with_its_children_at_its_time_limit() {
        let finished = sh("sleep 600 & echo $!; sleep 600", Duration::from_millis(300));
        assert_eq!(finished.end, End::TimedOut);
        let child: i32 = String::from_utf8(finished.stdout).unwrap().trim().parse().unwrap();
        assert!(gone(child), "process {child} was left behind");
    }

    #[test]
    fn what_a_program_leaves_behind_is_killed_too() {
        let finished = sh("sleep 600 >/dev/null 2>&1 & echo $!", PLENTY);
        assert!(finished.end.is_success());
        let child: i32 = String::from_utf8(finished.stdout).unwrap().trim().parse().unwrap();
        assert!(gone(child), "process {child} was left behind");
    }

    #[test]
    fn an_interruption_ends_a_run() {
        let cancel = AtomicBool::new(true);
        let finished = run(OsStr::new("sleep"), &["600".into()], terms(&cancel)).unwrap();
        assert_eq!(finished.end, End::Interrupted);
    }

    #[test]
    fn a_missing_program_is_an_error_that_says_what_to_do() {
        let error = run(OsStr::new("no-such-program"), &[], terms(&AtomicBool::new(false))).unwrap_err();
        assert!(error.to_string().contains("no-such-program: is it installed"));
    }

    #[test]
    fn death_by_a_signal_is_called_by_its_name() {
        assert_eq!(sh("kill -SEGV $$", PLENTY).end.to_string(), "SIGSEGV");
    }

    /// Whether a process ends within ten seconds; a zombie counts as ended.
    fn gone(pid: i32) -> bool {
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
                Ok(stat) if !stat.contains(") Z ") => thread::yield_now(),
                _ => return true,
            }
        }
        false
    }
}
