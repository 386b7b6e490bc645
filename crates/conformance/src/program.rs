//! A program under test: how it is started, and what it left when it ended.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::tls;

/// How long anything may take before it counts as hanging.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// The environment variable by which all processes of a run are found, whatever their parent is by now.
const MARK: &str = "CONFORMANCE_MARK";

/// A strategy's program. All that is known of it is its path, and what it says of itself.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    description: Arc<OnceLock<Value>>,
}

impl Program {
    /// The program at this path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), description: Arc::default() }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its strategy: its file name.
    pub fn strategy(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).expect("a program of ours has a plain name")
    }

    /// What it says of itself, by `--describe`.
    fn description(&self) -> &Value {
        self.description.get_or_init(|| {
            let said = Command::new(&self.path).arg("--describe").output().expect("a program starts");
            serde_json::from_slice(&said.stdout).expect("it describes itself in JSON")
        })
    }

    /// What it calls a worker, if it has any: `thread`.
    pub fn worker(&self) -> Option<&str> {
        self.description()["worker"].as_str()
    }

    /// Whether its tasks run in a pool, and so have futures.
    pub fn has_pool(&self) -> bool {
        let workloads = self.description()["workloads"].as_array().expect("it lists its workloads");
        workloads.iter().any(|workload| workload["name"] == "futures")
    }

    /// Whether its tasks run in processes of their own.
    pub fn has_worker_processes(&self) -> bool {
        self.worker() == Some("process")
    }

    /// Whether its tasks run in workers that a queue's server brings them to.
    pub fn has_queue(&self) -> bool {
        self.worker() == Some("slot")
    }

    /// Whether its tasks run in its own process.
    pub fn runs_its_tasks_itself(&self) -> bool {
        !self.has_worker_processes() && !self.has_queue()
    }

    /// Whether it does one thing at a time.
    pub fn is_sequential(&self) -> bool {
        self.worker().is_none()
    }

    /// Whether its tasks share an event loop.
    pub fn has_event_loops(&self) -> bool {
        self.description()["has_event_loop"] == true
    }

    /// A program beside it.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.path.with_file_name(name)
    }

    /// The most requests that it has under way at a time, if `asked` are wanted, of `flags`.
    pub fn concurrency(&self, asked: usize, flags: usize) -> usize {
        let largest = self.description()["largest_max_req"].as_u64().expect("it says how many it bears");
        let largest = usize::try_from(largest).expect("a number of requests");
        asked.min(largest).min(flags)
    }

    /// A run of `flags` from the server at `base`, with these arguments, which are split at spaces.
    pub fn flags(&self, base: &str, args: &str) -> Run {
        self.run(&format!("flags --server {base} {args}"))
    }

    /// A run with these arguments, which are split at spaces, in a fresh folder of its own. `root.pem` is the test's own root.
    pub fn run(&self, args: &str) -> Run {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mark = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let home = tempfile::tempdir().expect("a fresh folder");
        if args.contains("root.pem") {
            fs::write(home.path().join("root.pem"), &*tls::ROOT).expect("a file in a fresh folder");
        }
        let mut command = Command::new(&self.path);
        command.args(args.split_whitespace()).current_dir(home.path()).env(MARK, &mark).env("TERM", "xterm");
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(name);
        }
        Run { command, home, mark }
    }
}

/// A run that is being prepared.
#[derive(Debug)]
pub struct Run {
    /// What will be started.
    pub command: Command,
    /// Its current folder; the flags go to `downloaded` in it.
    pub home: TempDir,
    mark: String,
}

impl Run {
    /// Adds one argument as it is.
    pub fn arg(mut self, arg: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// The folder that the flags go to.
    pub fn dest(&self) -> PathBuf {
        self.home.path().join("downloaded")
    }

    /// Runs it under limits of the system's, as `prlimit` takes them: `--nofile=64`.
    pub fn limited(self, limit: &str) -> Self {
        self.run_by("prlimit", &[limit, "--"])
    }

    /// Runs it without `/proc`, which takes the superuser.
    pub fn without_proc(self) -> Self {
        self.run_by("unshare", &["--mount", "sh", "-c", r#"mount -t tmpfs none /proc && exec "$@""#, "sh"])
    }

    /// Runs it by a shell after this command: `umask 777`.
    pub fn after(self, command: &str) -> Self {
        self.run_by("sh", &["-c", &format!("{command}; exec \"$@\""), "sh"])
    }

    /// Runs it by another program, which is given these arguments and then the command line.
    pub fn run_by(mut self, program: &str, args: &[&str]) -> Self {
        let mut outer = Command::new(program);
        outer.args(args).arg(self.command.get_program()).args(self.command.get_args());
        outer.current_dir(self.home.path());
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => outer.env(name, value),
                None => outer.env_remove(name),
            };
        }
        self.command = outer;
        self
    }

    /// Starts it. What it prints goes to files, so that nothing waits for a reader.
    pub fn start(mut self) -> Running {
        let file = |name| File::create(self.home.path().join(name)).expect("a file in a fresh folder");
        self.command.stdin(Stdio::null()).stdout(file("stdout")).stderr(file("stderr"));
        self.start_as_it_is()
    }

    /// Starts it with whatever the caller has given it as its output.
    pub fn start_as_it_is(self) -> Running {
        // The command, with its copies of what the program was given as its output, ends here.
        let Self { mut command, home, mark } = self;
        let child = command.spawn().expect("the program under test starts");
        Running { child, home: Some(home), mark }
    }

    /// Runs it to its end.
    pub fn end(self) -> Ended {
        self.start().wait()
    }
}

/// A run that has started. If it is dropped, it is killed.
#[derive(Debug)]
pub struct Running {
    /// Its process.
    pub child: Child,
    home: Option<TempDir>,
    mark: String,
}

impl Running {
    /// Its current folder.
    pub fn home(&self) -> &Path {
        self.home.as_ref().expect("it has not ended").path()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        // It has not been waited for, so the number is still its own.
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).expect("a process that was not waited for");
    }

    /// What it has printed on stdout up to now.
    pub fn stdout(&self) -> String {
        fs::read_to_string(self.home().join("stdout")).unwrap_or_default()
    }

    /// What it has printed on stderr up to now.
    pub fn stderr(&self) -> String {
        fs::read_to_string(self.home().join("stderr")).unwrap_or_default()
    }

    /// Waits until what it has printed on stderr contains `text`.
    pub fn wait_for_stderr(&mut self, text: &str) {
        wait_until(&format!("it says {text:?}"), || self.stderr().contains(text));
    }

    /// Waits until what it has printed on stdout contains `text`.
    pub fn wait_for_stdout(&self, text: &str) {
        wait_until(&format!("it prints {text:?}"), || self.stdout().contains(text));
    }

    /// Waits until it has ended; whatever it started must be gone by then as well.
    pub fn wait(mut self) -> Ended {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("our own child") {
                break status;
            }
            assert!(start.elapsed() < DEADLINE, "it does not end; on stderr: {}", self.stderr());
            thread::sleep(Duration::from_millis(2));
        };
        let stdout = fs::read(self.home().join("stdout")).unwrap_or_default();
        let stdout = String::from_utf8(stdout).expect("stdout is UTF-8");
        let (stderr, files) = (self.stderr(), files(&self.home().join("downloaded")));
        // Who was killed cannot wait for what it had started, and a server that has only just been started sees late that its parent is gone.
        let end = Instant::now() + DEADLINE;
        while !self.processes().is_empty() {
            assert!(Instant::now() < end, "{:?} are left behind; it said: {stdout}{stderr}", self.processes());
            thread::sleep(Duration::from_millis(2));
        }
        Ended { status, stdout, stderr, files, home: self.home.take().expect("it has not ended before") }
    }

    /// The processes of this run, itself included.
    pub fn processes(&self) -> Vec<u32> {
        let mark = format!("{MARK}={}\0", self.mark);
        let entries = fs::read_dir("/proc").expect("the system lists its processes").flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter(|pid: &u32| {
            // One that has ended and was not waited for yet has no environment any more, so it does not count.
            fs::read(format!("/proc/{pid}/environ")).is_ok_and(|env| contains(&env, mark.as_bytes()))
        })
        .collect()
    }

    /// Its processes that run tasks for it: not those that start others.
    pub fn workers(&self) -> Vec<u32> {
        let name = |pid| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        let is_worker = |pid: &u32| *pid != self.child.id() && name(*pid).trim_end() != "fork-server";
        self.processes().into_iter().filter(is_worker).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// What a run left.
#[derive(Debug)]
pub struct Ended {
    status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// The files in its `downloaded` by name, hidden ones too.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Its current folder.
    pub home: TempDir,
}

impl Ended {
    /// Its exit status; of one that a signal ended, 128 and the signal's number, as a shell gives it.
    pub fn status(&self) -> i32 {
        self.status.code().unwrap_or_else(|| 128 + self.status.signal().unwrap_or_default())
    }

    /// Whether a signal ended it, and not it itself.
    pub fn was_killed(&self) -> bool {
        self.status.signal().is_some()
    }

    /// Checks the exit status.
    #[track_caller]
    pub fn ends_with(self, status: i32) -> Self {
        assert_eq!(self.status(), status, "exit status; stdout: {}stderr: {}", self.stdout, self.stderr);
        self
    }
}

/// The files in a folder; one that does not exist has none.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    files
        .map(|entry| {
            let name = entry.file_name().into_string().expect("a name of ours");
            (name, fs::read(entry.path()).expect("a file that was just listed"))
        })
        .collect()
}

/// Waits until something is so.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < DEADLINE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
