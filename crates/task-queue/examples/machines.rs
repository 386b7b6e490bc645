//! The faults of `scripts/machines`: several hosts, which are network namespaces of this machine, and what must hold when they fail.
//!
//! It plays every part itself: the one that goes through the faults (as root, in namespaces that the script has made), a worker, a caller.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    fs::OpenOptions,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitCode, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use common::Clock;
use executor::{Executor, as_completed, processes::Tasks, remote_task};
use task_queue::queue::{self, Login, QueueName, Server, TaskQueue, worker};

// Notes that it runs, and takes its time.
remote_task!(Work(String, u64, u64, Clock) -> u64 = |file, number, millis, clock| {
    let mut file = OpenOptions::new().create(true).append(true).open(file).expect("a file in a folder of ours");
    // In one piece: others write at the same moment.
    file.write_all(format!("{number} {}\n", clock.micros()).as_bytes()).expect("a file in a folder of ours");
    sleep(Duration::from_millis(millis));
    number
});

fn list(tasks: &mut Tasks) {
    tasks.add::<Work>();
}

/// How soon a task is handed out again.
const ACK_WAIT: Duration = Duration::from_secs(2);

/// The addresses of the namespaces `sbs-q1` to `sbs-q3`, where servers run.
const SERVERS: [&str; 3] = ["10.77.0.11", "10.77.0.12", "10.77.0.13"];

fn main() -> ExitCode {
    if let Some(code) = queue::enter(list) {
        return code;
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["worker", urls, slots] => serve(urls, slots.parse().expect("a number")),
        ["caller", urls, run, tasks, millis, replicas, file] => {
            call(
                urls,
                run,
                tasks.parse().expect("a number"),
                millis.parse().expect("a number"),
                replicas.parse().expect("a number"),
                file,
            );
        }
        [folder] => go_through(Path::new(folder)),
        _ => {
            eprintln!("error: this is for scripts/machines, which makes the hosts that it needs");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn server(urls: &str) -> Server {
    Server { urls: urls.to_owned(), login: Login::None, roots: None }
}

fn serve(urls: &str, slots: usize) {
    let queue = QueueName::new("machines").expect("a name");
    let options = worker::Options { server: server(urls), queue, slots, first_slot: 0, is_patient: true };
    let (_stop, stopped) = tokio::sync::watch::channel(worker::Stop::No);
    queue::serve(options, stopped, |_| ()).expect("it waits for its server");
}

/// Submits, says how far it is, and in the end what came of it: `end OK FAILED TWICE`.
fn call(urls: &str, run: &str, tasks: u64, millis: u64, replicas: usize, file: &str) {
    let queue = TaskQueue::builder()
        .server(server(urls))
        .workers(0)
        .queue("machines")
        .ack_wait(ACK_WAIT)
        .most_deliveries(20)
        .replicas(replicas)
        .window(256)
        .resume(run)
        .on_notice(|notice| eprintln!("    {notice}"))
        .build()
        .expect("a server that is there");
    let clock = Clock::start();
    let (mut seen, mut failed, mut twice) = (BTreeSet::new(), 0, 0);
    let futures = (0..tasks).map(|number| queue.submit(Work(file.to_owned(), number, millis, clock)));
    for future in as_completed(futures) {
        match future.result() {
            Ok(number) => twice += u32::from(!seen.insert(number)),
            Err(error) => {
                eprintln!("    {error}");
                failed += 1;
            }
        }
        println!("{}", seen.len());
    }
    println!("end {} {failed} {twice}", seen.len());
}

/// Something that runs on a host. It is killed when it is dropped.
struct On {
    host: String,
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl On {
    fn start(host: &str, program: impl AsRef<Path>, arguments: &[&str]) -> Self {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", host]).arg(program.as_ref()).args(arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("ip netns exec");
        let lines = BufReader::new(child.stdout.take().expect("its stdout is a pipe"));
        Self { host: host.to_owned(), child, lines }
    }

    fn itself(host: &str, arguments: &[&str]) -> Self {
        Self::start(host, env::current_exe().expect("a program has a path"), arguments)
    }

    fn worker(host: &str, urls: &str, slots: usize) -> Self {
        Self::itself(host, &["worker", urls, &slots.to_string()])
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("it prints text");
        line.trim().to_owned()
    }
}

impl Drop for On {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Takes a host's link down, or up again: a partition.
fn link(host: &str, state: &str) {
    let done = Command::new("ip").args(["-n", host, "link", "set", "eth0", state]).status().expect("ip");
    assert!(done.success(), "the link of {host} is not set {state}");
}

/// A server, alone or in a cluster of three, with a store of its own that outlives it.
struct Node {
    number: usize,
    folder: PathBuf,
    cluster: bool,
    process: Option<On>,
}

impl Node {
    fn start(folder: &Path, number: usize, cluster: bool) -> Self {
        let folder = folder.join(format!("node-{number}"));
        fs::create_dir_all(&folder).expect("a folder in a folder of ours");
        let mut node = Self { number, folder, cluster, process: None };
        node.start_again();
        node
    }

    fn host(&self) -> String {
        format!("sbs-q{}", self.number + 1)
    }

    fn start_again(&mut self) {
        let (address, store) = (SERVERS[self.number], self.folder.display());
        let mut text = format!(
            "listen: \"{address}:4222\"\nserver_name: q{}\njetstream {{ store_dir: \"{store}\" }}\n",
            self.number
        );
        if self.cluster {
            let routes = SERVERS.map(|address| format!("\"nats://{address}:6222\"")).join(", ");
            text += &format!("cluster {{ name: machines, listen: \"{address}:6222\", routes: [{routes}] }}\n");
        }
        let file = self.folder.join("conf");
        fs::write(&file, text).expect("a file in a folder of ours");
        let log = self.folder.join("log");
        let arguments = ["-c", file.to_str().expect("a path of ours"), "-l", log.to_str().expect("a path of ours")];
        let starts = || fs::read_to_string(&log).unwrap_or_default().matches("Server is ready").count();
        let before = starts();
        self.process = Some(On::start(&self.host(), "nats-server", &arguments));
        while starts() == before {
            sleep(Duration::from_millis(2));
        }
    }

    fn kill(&mut self) {
        self.process = None;
    }
}

/// One row of the table.
struct Row {
    fault: &'static str,
    tasks: u64,
    ok: u64,
    twice: u64,
    again: u64,
    more: String,
}

/// A run under way.
struct Run {
    caller: On,
    urls: String,
    name: String,
    tasks: u64,
    millis: u64,
    replicas: usize,
    file: PathBuf,
    done: u64,
    started: Instant,
    end: Option<(u64, u64, u64)>,
}

impl Run {
    fn start(folder: &Path, urls: &str, name: &str, tasks: u64, millis: u64, replicas: usize) -> Self {
        let file = folder.join(name);
        let caller = Self::caller(urls, name, tasks, millis, replicas, &file);
        let (urls, name) = (urls.to_owned(), name.to_owned());
        Self { caller, urls, name, tasks, millis, replicas, file, done: 0, started: Instant::now(), end: None }
    }

    fn caller(urls: &str, name: &str, tasks: u64, millis: u64, replicas: usize, file: &Path) -> On {
        let numbers = [tasks.to_string(), millis.to_string(), replicas.to_string()];
        let [tasks, millis, replicas] = &numbers;
        On::itself("sbs-c", &["caller", urls, name, tasks, millis, replicas, file.to_str().expect("a path of ours")])
    }

    /// The caller is killed, and started again.
    fn kill_caller(&mut self) {
        let Self { urls, name, tasks, millis, replicas, file, .. } = self;
        _ = self.caller.child.kill();
        _ = self.caller.child.wait();
        self.caller = Self::caller(urls, name, *tasks, *millis, *replicas, file);
    }

    /// Waits until so many are done, or all.
    fn reach(&mut self, done: u64) {
        while self.done < done && self.end.is_none() {
            let line = self.caller.line();
            assert!(!line.is_empty(), "the caller has ended");
            match line.strip_prefix("end ") {
                Some(end) => {
                    let end: Vec<u64> = end.split(' ').map(|number| number.parse().expect("a number")).collect();
                    self.end = Some((end[0], end[1], end[2]));
                }
                None => self.done = line.parse().expect("a number"),
            }
        }
    }

    /// For each task the times when it began, in microseconds.
    fn begun(&self) -> BTreeMap<u64, Vec<u64>> {
        let mut begun = BTreeMap::<_, Vec<u64>>::new();
        for line in fs::read_to_string(&self.file).expect("its file").lines() {
            let (number, at) = line.split_once(' ').expect("two numbers");
            begun.entry(number.parse().expect("a number")).or_default().push(at.parse().expect("a number"));
        }
        begun
    }

    fn finish(mut self, fault: &'static str, more: impl FnOnce(&Self) -> String) -> Row {
        self.reach(u64::MAX);
        let (ok, _, twice) = self.end.expect("it has ended");
        let again = self.begun().values().map(|times| times.len() as u64 - 1).sum();
        let seconds = self.started.elapsed().as_secs_f64();
        let more = format!("{seconds:.0} s; {}", more(&self));
        let row = Row { fault, tasks: self.tasks, ok, twice, again, more };
        print(&row);
        row
    }
}

fn print(Row { fault, tasks, ok, twice, again, more }: &Row) {
    println!("| {fault} | {tasks} | {} | {twice} | {again} | {more} |", tasks - ok);
}

fn go_through(folder: &Path) {
    println!("| fault | tasks | lost | seen twice | run again | |\n|---|---|---|---|---|---|");
    let alone = format!("nats://{}:4222", SERVERS[0]);
    let rows = [
        workers_killed(folder, &alone),
        server_killed(folder, &alone),
        host_cut_off(folder, &alone),
        caller_killed(folder, &alone),
        cluster(folder),
    ];
    let bad: Vec<_> = rows.iter().filter(|row| row.ok != row.tasks || row.twice > 0).map(|row| row.fault).collect();
    assert!(bad.is_empty(), "what must hold does not: {bad:?}");
}

fn workers_killed(folder: &Path, urls: &str) -> Row {
    let _server = Node::start(&folder.join("1"), 0, false);
    let mut workers = ["sbs-w1", "sbs-w2"].map(|host| On::worker(host, urls, 1));
    let mut run = Run::start(folder, urls, "workers", 1500, 50, 1);
    let mut kills = 0;
    for round in 0..60 {
        run.reach(20 + round * 24);
        let worker = &mut workers[(round % 2) as usize];
        let host = worker.host.clone();
        *worker = On::worker(&host, urls, 1);
        kills += 1;
    }
    run.finish("SIGKILL of a worker, 60 times", |run| {
        // From the first begin of a task to its second: a worker was killed within the task's 50 ms.
        let waits = run.begun().into_values().filter(|times| times.len() == 2).map(|times| times[1] - times[0]);
        let longest = waits.max().unwrap_or_default() as f64 / 1e6;
        format!("{kills} kills; run again {longest:.2} s after its begin at the latest (ack_wait 2 s, a task 0.05 s)")
    })
}

fn server_killed(folder: &Path, urls: &str) -> Row {
    let mut server = Node::start(&folder.join("2"), 0, false);
    let _workers = ["sbs-w1", "sbs-w2"].map(|host| On::worker(host, urls, 16));
    let mut run = Run::start(folder, urls, "server", 30_000, 0, 1);
    for part in 1..4 {
        run.reach(part * 7_500);
        server.kill();
        server.start_again();
    }
    run.finish("SIGKILL of the server, 3 times", |_| "started again at once".to_owned())
}

fn host_cut_off(folder: &Path, urls: &str) -> Row {
    let _server = Node::start(&folder.join("3"), 0, false);
    let _workers = ["sbs-w1", "sbs-w2"].map(|host| On::worker(host, urls, 2));
    let mut run = Run::start(folder, urls, "cut", 40, 1000, 1);
    run.reach(8);
    link("sbs-w1", "down");
    sleep(Duration::from_secs(5));
    link("sbs-w1", "up");
    run.finish("a worker's host cut off for 5 s, back with late results", |_| "tasks of 1 s".to_owned())
}

fn caller_killed(folder: &Path, urls: &str) -> Row {
    let _server = Node::start(&folder.join("4"), 0, false);
    let _workers = ["sbs-w1", "sbs-w2"].map(|host| On::worker(host, urls, 4));
    let mut run = Run::start(folder, urls, "caller", 2000, 5, 1);
    run.reach(600);
    run.kill_caller();
    // It has those that there are at once, and prints them again.
    run.finish("SIGKILL of the caller, resumed by --run", |_| "killed after 600 results".to_owned())
}

fn cluster(folder: &Path) -> Row {
    let folder_of_nodes = folder.join("5");
    let mut nodes: Vec<_> = (0..3).map(|number| Node::start(&folder_of_nodes, number, true)).collect();
    let urls = SERVERS.map(|address| format!("nats://{address}:4222")).join(",");
    // Until they have chosen who leads.
    sleep(Duration::from_secs(5));
    let mut run = Run::start(folder, &urls, "cluster", 12_000, 2, 3);
    let _workers = ["sbs-w1", "sbs-w2"].map(|host| On::worker(host, &urls, 8));
    run.reach(2_000);
    nodes[0].kill();
    run.reach(4_000);
    nodes[0].start_again();
    run.reach(5_000);
    link("sbs-q2", "down");
    sleep(Duration::from_secs(4));
    link("sbs-q2", "up");
    run.reach(8_000);
    nodes[2].kill();
    run.reach(9_000);
    nodes[2].start_again();
    run.finish("three nodes, R3: one killed, one cut off for 4 s, the third killed", |_| "tasks of 2 ms".to_owned())
}
