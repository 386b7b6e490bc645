//! Stand-ins for the strategies' programs, which tell a recorded run, and for their server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use bench::plan::strategies;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// All strategies.
pub fn names() -> Vec<&'static str> {
    strategies::all().iter().map(|strategy| strategy.name.as_str()).collect()
}

/// What is said when all but `sequential` are on the first place.
pub fn tie() -> String {
    let names = names();
    let [_, front @ .., last] = names.as_slice() else { panic!("too few strategies") };
    format!("A tie: {} and {last}", front.join(", "))
}

/// The work of every run: each task, how it ends, and the class of its error.
pub const TASKS: [(&str, &str, Option<&str>); 4] =
    [("BR", "ok", None), ("CN", "ok", None), ("DE", "error", Some("HTTP 418")), ("EG", "ok", None)];

/// How long each task of a run takes.
pub const TASK_US: u64 = 300_000;

/// A folder with the programs of the strategies and a flag server.
pub struct StandIns {
    folder: tempfile::TempDir,
    resets: Arc<AtomicUsize>,
}

impl StandIns {
    /// Those that tell of [`TASKS`]: `sequential` one after another, the others at once.
    pub fn new() -> Self {
        let stand_ins = Self { folder: tempfile::tempdir().unwrap(), resets: Arc::default() };
        for name in names() {
            stand_ins.put(name, &format!("cat <<'END'\n{}END\nexit 1\n", film(name == "sequential")));
        }
        let port = serve(&stand_ins.resets);
        stand_ins
            .put("flag-server", &format!("echo 'DELAY site: http://127.0.0.1:{port}/flags'\nexec cat > /dev/null\n"));
        stand_ins
    }

    /// Makes a program. It notes what it was told, and its process.
    pub fn put(&self, name: &str, script: &str) {
        let script = format!("#!/bin/sh\necho $$ \"$@\" >> {}\n{script}", self.path(&format!("{name}.note")).display());
        // Not by this process: one that another thread starts just then has the file open for a moment too, and what is open for
        // writing cannot be run.
        let mut install = Command::new("install");
        let mut install =
            install.args(["-m", "755", "/dev/stdin"]).arg(self.path(name)).stdin(Stdio::piped()).spawn().unwrap();
        install.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(install.wait().unwrap().success());
    }

    /// A program that does its first task, and never ends.
    pub fn hang(&self, name: &str) {
        let film = film(true);
        let first: String = film.split_inclusive('\n').take(3).collect();
        self.put(name, &format!("cat <<'END'\n{first}END\nexec sleep 600\n"));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a program noted: a line for each time that it was started, its process id first.
    pub fn notes(&self, name: &str) -> Vec<String> {
        fs::read_to_string(self.path(&format!("{name}.note"))).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// How often the server was told to forget what was.
    pub fn resets(&self) -> usize {
        self.resets.load(Ordering::Relaxed)
    }

    /// The command `race`, told to use these programs, with more arguments of one line.
    pub fn race(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_race"));
        command.args(arguments.split_whitespace()).arg("--bin").arg(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Runs `race` to its end.
    pub fn run(&self, arguments: &str) -> Output {
        self.race(arguments).output().unwrap()
    }

    /// Serves the page.
    pub fn page(&self, arguments: &str) -> Page {
        let mut child =
            self.race(&format!("--web {arguments}")).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut url = String::new();
        stdout.read_line(&mut url).unwrap();
        Page { url: url.trim().into(), child, _stdout: stdout }
    }

    /// Waits until a program was started, and returns its process id.
    pub fn process(&self, name: &str) -> String {
        assert!(within_ten_seconds(|| !self.notes(name).is_empty()), "{name} was never started");
        self.notes(name)[0].split(' ').next().unwrap().into()
    }
}

/// A served page; dropping it ends it.
pub struct Page {
    /// Its address, with the knobs.
    pub url: String,
    pub child: Child,
    _stdout: BufReader<ChildStdout>,
}

impl Page {
    /// The address without the knobs, with a slash at its end.
    pub fn base(&self) -> &str {
        self.url.split('?').next().unwrap()
    }

    /// `http://127.0.0.1:1234`.
    pub fn origin(&self) -> String {
        self.base().split('/').take(3).collect::<Vec<_>>().join("/")
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // It may have been ended already.
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::SIGTERM);
        }
        let _ = self.child.wait();
    }
}

/// What `--events` tells of a run of [`TASKS`].
fn film(one_by_one: bool) -> String {
    let mut lines = vec![(0, r#"{"event":"run","strategy":"x","workload":"flags","tasks":4,"workers":4}"#.to_owned())];
    let mut elapsed = 0;
    for (place, (task, outcome, class)) in (0..).zip(TASKS) {
        // At once, one worker is done a little after the other.
        let start = if one_by_one { place * TASK_US } else { place * 10 };
        let end = start + TASK_US;
        let worker = if one_by_one { 0 } else { place };
        elapsed = end + 1000;
        let of = format!(r#""task":"{task}","copy":1,"worker":{worker}"#);
        let class = class.map_or("null".into(), |class| format!("\"{class}\""));
        lines.push((start, format!(r#"{{"event":"start",{of},"at_us":{start}}}"#)));
        lines.push((end, format!(
            r#"{{"event":"sample",{of},"outcome":"{outcome}","class":{class},"cause":{class},"bytes":9,"attempts":1,"start_us":{start},"end_us":{end},"phases":{{}}}}"#
        )));
    }
    lines.sort_by_key(|(at, _)| *at);
    let end = format!(
        r#"{{"event":"end","counts":{{"asked":4,"ok":3,"not_found":0,"errors":1,"not_started":0,"attempts":4}},"elapsed_us":{elapsed},"interrupted":false}}"#
    );
    lines.into_iter().map(|(_, line)| line).chain([end]).map(|line| line + "\n").collect()
}

/// A server that says yes to everything, from a thread that ends with the test; returns its port.
fn serve(resets: &Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let resets = Arc::clone(resets);
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(answer(stream, &resets))));
    port
}

fn answer(mut stream: TcpStream, resets: &AtomicUsize) -> std::io::Result<()> {
    let mut line = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    reader.read_line(&mut line)?;
    if line.starts_with("POST /reset ") {
        resets.fetch_add(1, Ordering::Relaxed);
    }
    stream.write_all(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")?;
    stream.shutdown(std::net::Shutdown::Write)?;
    reader.read_to_end(&mut Vec::new()).map(drop)
}

/// Waits until something holds.
pub fn within_ten_seconds(holds: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !holds() {
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
    true
}

/// Whether a process has ended; a zombie has.
pub fn is_gone(id: &str) -> bool {
    fs::read_to_string(format!("/proc/{}/stat", id.trim())).map_or(true, |stat| stat.contains(") Z "))
}
