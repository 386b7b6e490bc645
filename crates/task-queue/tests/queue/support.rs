//! Servers, workers and callers that can be killed.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStdout, Command, ExitCode, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use executor::{Executor, as_completed};
use task_queue::queue::{self, Login, Notice, Options, QueueName, Server, TaskQueue, worker};
use tempfile::TempDir;

use crate::tasks;

/// Anything that is waited for is there by then.
const DEADLINE: Duration = Duration::from_secs(30);

/// How soon a task is handed out again in these tests.
pub const ACK_WAIT: Duration = Duration::from_millis(600);

/// A `nats-server` with JetStream, on a port and in a folder of its own.
pub struct NatsServer {
    folder: TempDir,
    process: Option<Child>,
    port: u16,
    configuration: String,
    pub login: Login,
}

impl NatsServer {
    pub fn start() -> Self {
        Self::with(Login::None, "")
    }

    /// With a login, and with this in its configuration.
    pub fn with(login: Login, configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Self { folder, process: None, port: 0, configuration: configuration.to_owned(), login };
        server.start_again();
        server
    }

    /// After a kill, on the same port, with the same store.
    pub fn start_again(&mut self) {
        let folder = self.folder.path().display();
        let port = if self.port == 0 { -1 } else { i32::from(self.port) };
        let text = format!(
            "listen: \"127.0.0.1:{port}\"\nports_file_dir: \"{folder}\"\njetstream {{ store_dir: \"{folder}\" }}\n{}",
            self.configuration
        );
        let file = self.folder.path().join("conf");
        fs::write(&file, text).unwrap();
        let program =
            ["/usr/sbin/nats-server", "/usr/local/bin/nats-server"].into_iter().find(|path| Path::new(path).exists());
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        // It ends with this thread, should the test be ended.
        let mut process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", program.unwrap_or("nats-server")])
            .arg("-c")
            .arg(file)
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let pid = process.id();
        wait_until("the server listens", || {
            assert_eq!(
                process.try_wait().unwrap(),
                None,
                "{}",
                fs::read_to_string(self.folder.path().join("log")).unwrap()
            );
            let ports =
                fs::read_to_string(self.folder.path().join(format!("nats-server_{pid}.ports"))).unwrap_or_default();
            let port = ports.split(':').next_back().and_then(|end| end.split('"').next()?.parse().ok());
            self.port = port.unwrap_or(self.port);
            port.is_some() && TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
        self.process = Some(process);
    }

    /// By SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    pub fn address(&self) -> Server {
        Server { urls: format!("nats://127.0.0.1:{}", self.port), login: self.login.clone(), roots: None }
    }

    /// A queue there, that starts no worker.
    pub fn queue(&self) -> Options {
        TaskQueue::builder().server(self.address()).workers(0).ack_wait(ACK_WAIT)
    }

    /// A worker in a process of its own.
    pub fn worker(&self, slots: usize) -> Process {
        self.worker_with(slots, |_| ())
    }

    pub fn worker_with(&self, slots: usize, change: impl FnOnce(&mut Command)) -> Process {
        Process::start("worker", &[&self.address().urls, &slots.to_string()], change)
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// This program in another part. It is killed when it is dropped.
pub struct Process {
    pub child: Child,
    lines: Option<BufReader<ChildStdout>>,
}

impl Process {
    pub fn start(part: &str, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.arg(PART).arg(part).args(arguments).stdout(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().unwrap();
        let lines = child.stdout.take().map(BufReader::new);
        Self { child, lines }
    }

    /// The next line that it prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.as_mut().unwrap().read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// By SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

const PART: &str = "--play-a-part";

/// Plays a part, if this process was started to.
pub fn play() -> Option<ExitCode> {
    let arguments: Vec<String> = env::args().collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[1..] {
        [PART, "worker", urls, slots] => {
            let server = Server { urls: urls.to_owned(), login: Login::None, roots: None };
            let queue = QueueName::new("side-by-side").unwrap();
            let options =
                worker::Options { server, queue, slots: slots.parse().unwrap(), first_slot: 0, is_patient: true };
            let (stop, stopped) = tokio::sync::watch::channel(worker::Stop::No);
            let mut signals = signal_hook::iterator::Signals::new([signal_hook::consts::SIGTERM]).unwrap();
            thread::spawn(move || {
                signals.forever().next();
                stop.send(worker::Stop::Soon)
            });
            queue::serve(options, stopped, |_| ()).unwrap();
        }
        // Submits, prints the results as they come, and so can be killed in the middle.
        [PART, "caller", urls, run, tasks, file] => {
            let server = Server { urls: urls.to_owned(), login: Login::None, roots: None };
            let queue = TaskQueue::builder().server(server).workers(0).ack_wait(ACK_WAIT).resume(run).build().unwrap();
            let tasks = 0..tasks.parse().unwrap();
            for future in as_completed(tasks.map(|number| queue.submit(tasks::Note(file.to_owned(), number, 5)))) {
                println!("{}", future.result().unwrap());
            }
        }
        // A queue of its own, under way.
        [PART, "alone"] => {
            let queue = TaskQueue::builder().slots(2).build().unwrap();
            let pids: Vec<_> =
                [(); 8].map(|()| queue.submit(tasks::Pid())).into_iter().map(|pid| pid.result().unwrap()).collect();
            println!("{}", pids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
            _ = queue.submit(tasks::Nap(60_000)).result();
        }
        _ => return None,
    }
    Some(ExitCode::SUCCESS)
}

/// Notices, as they are heard.
#[derive(Clone, Default)]
pub struct Notices(Arc<Mutex<Vec<Notice>>>);

impl Notices {
    pub fn hear(&self) -> impl Fn(&Notice) + Send + Sync + 'static {
        let heard = self.0.clone();
        move |notice| heard.lock().unwrap().push(notice.clone())
    }

    pub fn have(&self, is_it: impl Fn(&Notice) -> bool) -> bool {
        self.0.lock().unwrap().iter().any(is_it)
    }

    pub fn wait_for(&self, is_it: impl Fn(&Notice) -> bool) {
        wait_until("it is said", || self.have(&is_it));
    }
}

/// Waits until something is so.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(2));
    }
}
