//! The keeper: the process that starts a queue's own server and workers, starts them again when they end, and ends them all with its
//! parent, however that ends. It leaves no folder behind.
//!
//! Each of its children is ended by the kernel when the keeper is killed (`PR_SET_PDEATHSIG`, which outlives an `exec`).

use std::{
    env,
    ffi::OsString,
    fmt::Write as _,
    fs, io,
    io::Write,
    os::{
        fd::AsFd,
        unix::{fs::PermissionsExt, net::UnixStream, process::CommandExt},
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::AtomicBool,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use common::site::this_program;
use executor::processes::Usage;
use nix::sys::resource::{UsageWho, getrusage};
use rustix::rand::{GetRandomFlags, getrandom};
use serde::{Deserialize, Serialize};
use signal_hook::{
    consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};
use tempfile::TempDir;
use tokio::sync::watch;

use super::{
    Login, Server,
    alone::{Kept, Said},
    enter,
    names::Names,
    worker::{self, Stop},
};

/// What a kept worker is told on its standard input.
#[derive(Serialize, Deserialize)]
struct Orders {
    server: Server,
    queue: String,
    slots: usize,
    first_slot: usize,
}

/// How long a server may take until it listens, and how long one must have lived to be started again at once.
const LISTEN: Duration = Duration::from_secs(15);
const SHORT_LIFE: Duration = Duration::from_millis(300);

/// After so many short lives in a row it is given up.
const MOST_SHORT_LIVES: u32 = 8;

/// What a message may have. Flags are smaller; a server's default of 1 MiB would not do for all that `--max-bytes` allows.
const MAX_PAYLOAD: usize = 48 << 20;

/// Where a server may be that is not in `PATH`.
const MORE_FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin"];

/// Whether there is a `nats-server` on this machine.
pub fn has_server() -> bool {
    find_server().is_some()
}

fn find_server() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(MORE_FOLDERS.map(PathBuf::from));
    folders.map(|folder| folder.join("nats-server")).find(|program| {
        fs::metadata(program).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    })
}

/// Takes the place of this process. Returns why it could not.
pub fn become_server(arguments: impl Iterator<Item = OsString>) -> io::Error {
    let missing = || io::Error::new(io::ErrorKind::NotFound, "there is no nats-server");
    match enter::end_with_parent().and_then(|()| find_server().ok_or_else(missing)) {
        Ok(program) => Command::new(program).args(arguments).exec(),
        Err(error) => error,
    }
}

/// A kept worker: it is told what to do on its standard input, and ends with it. Signals are for its caller to heed.
pub fn work() -> io::Result<()> {
    enter::end_with_parent()?;
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::<AtomicBool>::default())?;
    }
    let orders: Orders = serde_json::from_str(&read_line()?)?;
    enter::when_input_ends(|| std::process::exit(0))?;
    let Orders { server, queue, slots, first_slot } = orders;
    let queue = Names::new(&queue).map_err(io::Error::other)?;
    let options = worker::Options { server, queue, slots, first_slot, is_patient: true };
    let (_stop, stopped) = watch::channel(Stop::No);
    enter::serve(options, stopped, |_| ()).map_err(io::Error::other)
}

fn read_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line)
}

/// What the keeper hears.
enum Heard {
    /// A child has ended.
    Child,
    /// The parent has.
    End,
}

/// Keeps what its parent says on standard input, until that closes.
pub fn keep() -> io::Result<()> {
    let (sender, heard) = channel();
    listen(&sender)?;
    let kept: Kept = serde_json::from_str(&read_line()?)?;
    enter::when_input_ends(move || _ = sender.send(Heard::End))?;
    let mut keeper = match Keeper::start(kept) {
        Ok(keeper) => keeper,
        Err(error) => return say(&Said::Failed(error.to_string())),
    };
    say(&Said::Ready(keeper.own.as_ref().map(|own| (own.address(), own.folder.path().to_owned()))))?;
    loop {
        // Now and then even if nothing is heard: one signal may stand for several children.
        match heard.recv_timeout(Duration::from_secs(1)) {
            Ok(Heard::End) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(Heard::Child) | Err(RecvTimeoutError::Timeout) => {
                if let Err(error) = keeper.start_again() {
                    return say(&Said::Failed(error.to_string()));
                }
            }
        }
    }
    // The parent may be gone, and hear no more.
    _ = say(&Said::Ended(keeper.end()));
    Ok(())
}

/// Hears of children that end. Of the signals that end others it takes no notice: when to end is its parent's to say. (The kernel sends
/// SIGHUP where the parent ends and a child is stopped.)
fn listen(sender: &Sender<Heard>) -> io::Result<()> {
    let mut signals = Signals::new([SIGCHLD, SIGHUP, SIGINT, SIGTERM])?;
    let sender = sender.clone();
    let listen = move || {
        for _ in signals.forever().filter(|&signal| signal == SIGCHLD) {
            _ = sender.send(Heard::Child);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(listen).map(drop)
}

/// Says something to the parent, by the socket that is standard input: standard output is for what tasks print.
fn say(words: &Said) -> io::Result<()> {
    let mut parent = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    writeln!(parent, "{}", serde_json::to_string(words).expect("text and numbers are JSON"))
}

struct Keeper {
    own: Option<OwnServer>,
    workers: Vec<Worker>,
    /// The largest memory of children that have ended, in KiB, and their number.
    peaks: u64,
    ended: u64,
}

struct Worker {
    orders: Orders,
    child: Child,
    life: Life,
}

/// How long a child has lived, and whether it is worth another.
struct Life {
    started: Instant,
    short: u32,
}

impl Life {
    fn begin() -> Self {
        Self { started: Instant::now(), short: 0 }
    }

    /// It has ended, and is to be started again.
    ///
    /// # Errors
    /// It has ended too soon too often.
    fn again(&mut self, what: &str) -> io::Result<()> {
        self.short = if self.started.elapsed() < SHORT_LIFE { self.short + 1 } else { 0 };
        if self.short == MOST_SHORT_LIVES {
            return Err(io::Error::other(format!("the {what} ends again and again as soon as it is started")));
        }
        // What it lacks may be there in a moment.
        thread::sleep(Duration::from_millis(20) * self.short);
        self.started = Instant::now();
        Ok(())
    }
}

impl Keeper {
    fn start(kept: Kept) -> io::Result<Self> {
        let own = if kept.server.is_none() { Some(OwnServer::start()?) } else { None };
        let server = kept.server.or_else(|| own.as_ref().map(OwnServer::address)).expect("one or the other");
        let mut keeper = Self { own, workers: Vec::new(), peaks: 0, ended: 0 };
        let mut first_slot = 0;
        for slots in kept.slots {
            let orders = Orders { server: server.clone(), queue: kept.queue.clone(), slots, first_slot };
            let child = start_worker(&orders)?;
            keeper.workers.push(Worker { orders, child, life: Life::begin() });
            first_slot += slots;
        }
        Ok(keeper)
    }

    /// Starts again what has ended.
    fn start_again(&mut self) -> io::Result<()> {
        if let Some(own) = &mut self.own
            && own.child.try_wait()?.is_some()
        {
            own.start_again()?;
            self.ended += 1;
        }
        for worker in &mut self.workers {
            if worker.child.try_wait()?.is_some() {
                worker.life.again("worker")?;
                worker.child = start_worker(&worker.orders)?;
                self.ended += 1;
            }
        }
        Ok(())
    }

    /// Ends all of them. Says what they used, and this process.
    fn end(mut self) -> Usage {
        let mut all = Usage::of_this_process();
        let children =
            self.workers.iter_mut().map(|worker| &mut worker.child).chain(self.own.as_mut().map(|own| &mut own.child));
        for child in children {
            self.peaks += peak_memory_kib(child.id()).unwrap_or_default();
            self.ended += 1;
            _ = child.kill();
            _ = child.wait();
        }
        if let Ok(children) = getrusage(UsageWho::RUSAGE_CHILDREN) {
            let micros = |time: nix::sys::time::TimeVal| (time.tv_sec() * 1_000_000 + time.tv_usec()) as u64;
            all += Usage {
                cpu_user_us: micros(children.user_time()),
                cpu_system_us: micros(children.system_time()),
                voluntary_switches: children.voluntary_context_switches() as u64,
                involuntary_switches: children.involuntary_context_switches() as u64,
                peak_memory_kib: self.peaks,
                processes: self.ended,
            };
        }
        all
    }
}

fn start_worker(orders: &Orders) -> io::Result<Child> {
    let mut child = Command::new(this_program()).arg(enter::WORKER).stdin(Stdio::piped()).spawn()?;
    let line = serde_json::to_string(orders).expect("text and numbers are JSON");
    // Its standard input stays open as long as `child` lives.
    writeln!(child.stdin.as_mut().expect("its stdin is a pipe"), "{line}")?;
    Ok(child)
}

fn peak_memory_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

/// A `nats-server` on a free port of the loopback interface, which lets nobody in who does not know the password.
struct OwnServer {
    folder: TempDir,
    child: Child,
    password: String,
    port: u16,
    life: Life,
}

const USER: &str = "task-queue";

impl OwnServer {
    fn start() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("task-queue-").tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700))?;
        let mut secret = [0; 16];
        getrandom(&mut secret, GetRandomFlags::empty())?;
        let password = secret.iter().fold(String::new(), |mut text, byte| {
            _ = write!(text, "{byte:02x}");
            text
        });
        let (child, port) = start_server(folder.path(), &password, None)?;
        Ok(Self { folder, child, password, port, life: Life::begin() })
    }

    fn address(&self) -> Server {
        Server {
            urls: format!("nats://127.0.0.1:{}", self.port),
            login: Login::Password(USER.to_owned(), self.password.clone()),
            roots: None,
        }
    }

    /// Starts it again on the same port, with the same store.
    fn start_again(&mut self) -> io::Result<()> {
        self.life.again("nats-server")?;
        (self.child, _) = start_server(self.folder.path(), &self.password, Some(self.port))?;
        Ok(())
    }
}

/// Starts a server, and waits until it listens. Gives its port.
fn start_server(folder: &Path, password: &str, port: Option<u16>) -> io::Result<(Child, u16)> {
    let (configuration, log) = (folder.join("server.conf"), folder.join("log"));
    let shown = folder.display();
    let port = port.map_or("-1".to_owned(), |port| port.to_string());
    // The folder is ours alone, so nobody else can read it.
    let text = format!(
        "listen: \"127.0.0.1:{port}\"\nports_file_dir: \"{shown}\"\nmax_payload: {MAX_PAYLOAD}\n\
         jetstream {{ store_dir: \"{shown}\" }}\nauthorization {{ user: \"{USER}\", password: \"{password}\" }}\n"
    );
    fs::write(&configuration, text)?;
    for old in ports_files(folder) {
        fs::remove_file(old)?;
    }
    let written = fs::File::create(&log)?;
    let mut child = Command::new(this_program())
        .arg(enter::SERVER)
        .arg("-c")
        .arg(&configuration)
        // Not the null device, which there need not be: a pipe that is closed at the other end.
        .stdin(io::pipe()?.0)
        .stdout(written.try_clone()?)
        .stderr(written)
        .spawn()?;
    let end = Instant::now() + LISTEN;
    while Instant::now() < end {
        if let Some(port) = ports_files(folder).find_map(|file| port_in(&fs::read_to_string(file).ok()?)) {
            return Ok((child, port));
        }
        if let Some(status) = child.try_wait()? {
            let log = fs::read_to_string(&log).unwrap_or_default();
            let last = log.lines().last().unwrap_or("it says nothing");
            return Err(io::Error::other(format!("nats-server has ended ({status}): {last}")));
        }
        thread::sleep(Duration::from_millis(1));
    }
    _ = child.kill();
    _ = child.wait();
    Err(io::Error::other(format!("nats-server does not listen after {LISTEN:?}")))
}

fn ports_files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "ports"))
}

/// The port in a ports file: `{"nats":["nats://127.0.0.1:38111"]}`.
fn port_in(text: &str) -> Option<u16> {
    let ports: serde_json::Value = serde_json::from_str(text).ok()?;
    ports["nats"][0].as_str()?.rsplit_once(':')?.1.parse().ok()
}
