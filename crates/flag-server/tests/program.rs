//! The program, as a person or another program starts it.

mod helper;

use helper::{Client, DEADLINE, wait_until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Once, atomic::AtomicBool};
use std::time::Instant;

const PROGRAM: &str = env!("CARGO_BIN_EXE_flag-server");

/// The program while it runs; it is killed when this is dropped.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

/// Has the programs started from here on hear of signals, even where the tests were started with these ignored, as a script starts its jobs in
/// the background: what is ignored is inherited, what has a handler has not.
fn heed_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [Signal::SIGINT as i32, Signal::SIGTERM as i32] {
            let always = Arc::new(AtomicBool::new(true));
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, always).unwrap();
        }
    });
}

impl Running {
    fn start(args: &str) -> Running {
        heed_signals();
        let mut command = Command::new(PROGRAM);
        command.args(args.split_whitespace()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Running { child, stdout }
    }

    /// The next line that says where a server is: its label and its address.
    fn site(&mut self) -> (String, SocketAddr) {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        let (label, url) = line.trim_end().split_once(" site: http://").unwrap_or_else(|| {
            panic!("no site in {line:?}");
        });
        let address = url.split('/').next().unwrap();
        assert!(url.ends_with("/flags"), "{line}");
        (label.to_owned(), address.parse().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    fn status(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < DEADLINE, "it does not end");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn json_at(address: SocketAddr, target: &str) -> Value {
    serde_json::from_slice(&Client::connect(address).get(target).body).unwrap()
}

/// Runs the program to its end, which is to be at once.
fn output(args: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = Command::new(PROGRAM).args(args).stdin(Stdio::null()).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn without_arguments_it_is_three_servers_on_ports_of_their_own() {
    // All of 127.0.0.0/8 is this machine: on an address of its own the test is in no other's way.
    let [_, _, c, d] = std::process::id().to_be_bytes();
    let mut running = Running::start(&format!("--bind 127.20.{c}.{d}"));
    let found: Vec<_> = (0..3).map(|_| running.site()).collect();
    let sites: Vec<_> = found.iter().map(|(label, site)| (label.as_str(), site.port())).collect();
    assert_eq!(sites, [("LOCAL", 8000), ("DELAY", 8001), ("ERROR", 8002)]);

    let manifests: Vec<_> = found.iter().map(|(_, site)| json_at(*site, "/manifest.json")).collect();
    let delays: Vec<_> = manifests.iter().map(|manifest| &manifest["delay_ms"]).collect();
    assert_eq!(delays, [&Value::Null, &json!([500.0, 5000.0]), &json!([500.0, 5000.0])]);
    let rates: Vec<_> = manifests.iter().map(|manifest| &manifest["error_rate"]).collect();
    assert_eq!(rates, [0.0, 0.0, 0.25]);
    running.signal(Signal::SIGINT);
    assert_eq!(running.status().code(), Some(0));
}

#[test]
fn with_faults_there_is_a_fourth_server_that_plays_them() {
    // An address of its own, as above.
    let [_, _, c, d] = std::process::id().to_be_bytes();
    let mut running = Running::start(&format!("--faults --bind 127.21.{c}.{d}"));
    let found: Vec<_> = (0..4).map(|_| running.site()).collect();
    let labels: Vec<_> = found.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["LOCAL", "DELAY", "ERROR", "FAULT"]);
    let fault = found[3].1;
    assert_eq!(fault.port(), 8003);
    assert_eq!(Client::connect(fault).get("/faults/answers_418/flags/br/br.gif").status, 418);
    running.signal(Signal::SIGTERM);
    assert_eq!(running.status().code(), Some(0));
}

#[test]
fn the_server_of_faults_can_run_alone_and_its_options_count() {
    let mut running = Running::start("faults --port 0 --error-rate 0 --seed 7");
    let (label, site) = running.site();
    assert_eq!(label, "FAULT");
    for flag in flag_images::all() {
        let cc = flag.code.to_lowercase();
        assert_eq!(Client::connect(site).get(&format!("/faults/random/flags/{cc}/{cc}.gif")).body, flag.gif);
    }
    let mut stuck = Client::connect(site);
    stuck.send("GET /faults/never_answers/flags/br/br.gif HTTP/1.1\r\nHost: test\r\n\r\n");
    wait_until("it is in flight", || json_at(site, "/stats")["faults"]["never_answers"] == 1);
    running.signal(Signal::SIGTERM);
    assert_eq!(running.status().code(), Some(0), "what never ends is not waited for");
}

#[test]
fn options_change_what_the_server_does() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("br")).unwrap();
    std::fs::write(folder.path().join("br/br.gif"), "flag").unwrap();
    let mut running = Running::start(&format!(
        "error --port 0 --delay 50ms..0.2s --error-rate 0.5 --seed 7 --dir {}",
        folder.path().display()
    ));
    let (label, site) = running.site();
    assert_eq!(label, "ERROR");
    let manifest = json_at(site, "/manifest.json");
    assert_eq!(manifest["delay_ms"], json!([50.0, 200.0]));
    assert_eq!((&manifest["error_rate"], &manifest["seed"]), (&json!(0.5), &json!(7)));
    assert_eq!(manifest["flags"].as_array().unwrap().len(), 1);
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for args in [
        "nowhere",
        "--port 8000",
        "local --port x",
        "local --port 65536",
        "local --bind nowhere",
        "local --delay 1..2",
        "local --error-rate 0.5",
        "delay --error-rate 0.5",
        "delay --delay 1",
        "delay --delay 2..1",
        "delay --delay x..y",
        "delay --delay -1..1",
        "delay --delay 0..1e300",
        "delay --delay nan..1",
        "delay --delay 0..3601",
        "error --error-rate 1.1",
        "error --error-rate -0.1",
        "error --error-rate nan",
        "error --seed -1",
        "local --faults",
        "faults --delay 1..2",
        "faults --dir .",
    ] {
        let args: Vec<_> = args.split(' ').collect();
        let (status, stderr) = output(&args);
        assert_eq!(status, Some(2), "{args:?}: {stderr}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
}

#[test]
fn a_port_in_use_is_an_error_that_says_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let (status, stderr) = output(&["delay", "--port", &port]);
    assert_eq!(status, Some(1));
    for part in ["DELAY", &port, "in use", "--port"] {
        assert!(stderr.contains(part), "{stderr}");
    }
}

#[test]
fn a_folder_that_cannot_be_served_is_an_error_before_anything_listens() {
    let (status, stderr) = output(&["local", "--port", "0", "--dir", "/no/such/folder"]);
    assert_eq!(status, Some(1));
    assert!(stderr.contains("failed to read the flags: cannot read /no/such/folder"), "{stderr}");
}

#[test]
fn listening_to_the_whole_network_is_worth_a_warning_and_to_this_machine_is_not() {
    for (bind, warned) in [("0.0.0.0", true), ("127.0.0.1", false)] {
        let mut running = Running::start(&format!("local --port 0 --bind {bind}"));
        running.site();
        running.signal(Signal::SIGTERM);
        assert_eq!(running.status().code(), Some(0));
        let mut stderr = String::new();
        running.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(stderr.contains("warning: 0.0.0.0 can be reached from other machines"), warned);
    }
}

/// Starts a server with a delay, sends it a request, and waits until that is in flight.
fn with_one_in_flight(args: &str) -> (Running, Client) {
    let mut running = Running::start(&format!("delay --port 0 {args}"));
    let (_, site) = running.site();
    let mut client = Client::connect(site);
    client.send("GET /flags/br/br.gif HTTP/1.1\r\nHost: test\r\n\r\n");
    wait_until("it is in flight", || json_at(site, "/stats")["in_flight"] == 1);
    (running, client)
}

#[test]
fn a_signal_lets_the_request_in_flight_finish() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let (mut running, mut client) = with_one_in_flight("--delay 500ms..500ms");
        running.signal(signal);
        assert_eq!(client.reply().status, 200);
        assert_eq!(running.status().code(), Some(0));
    }
}

#[test]
fn a_signal_that_is_ignored_at_the_start_stays_ignored() {
    for (name, ignored, heeded) in [("INT", Signal::SIGINT, Signal::SIGTERM), ("TERM", Signal::SIGTERM, Signal::SIGINT)]
    {
        heed_signals();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!(r#"trap '' {name}; exec "$0" local --port 0"#), PROGRAM]);
        let mut child = shell.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut running = Running { child, stdout };
        let (_, site) = running.site();
        // A server that does not ignore it accepts no connection after it.
        running.signal(ignored);
        running.signal(ignored);
        assert_eq!(Client::connect(site).get("/").status, 200, "{name}");
        running.signal(heeded);
        assert_eq!(running.status().code(), Some(0), "{name}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for (signal, status) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)] {
        let (mut running, mut client) = with_one_in_flight("--delay 3600..3600");
        let site = client.socket().peer_addr().unwrap();
        running.signal(signal);
        wait_until("it is stopping", || TcpStream::connect(site).is_err());
        running.signal(signal);
        assert_eq!(running.status().code(), Some(status));
        assert_eq!(client.rest(), b"");
    }
}

#[test]
fn it_survives_running_out_of_descriptors() {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"ulimit -n 40; exec "$0" local --port 0"#, PROGRAM]);
    let mut child = shell.stdout(Stdio::piped()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let mut running = Running { child, stdout };
    let (_, site) = running.site();
    let mut clients: Vec<_> = (0..100).map(|_| Client::connect(site)).collect();
    // Some were accepted; the last ones wait until there is room.
    assert_eq!(clients[0].get("/").status, 200);
    let mut last = clients.pop().unwrap();
    last.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    let open = clients[0].get("/stats").body;
    let open = serde_json::from_slice::<Value>(&open).unwrap()["open_connections"].as_u64().unwrap();
    assert!((10..40).contains(&open), "{open}");
    // It waits for a descriptor to become free; asking the system again and again would take all of a processor.
    let busy_us = |client: &mut Client| {
        let stats: Value = serde_json::from_slice(&client.get("/stats").body).unwrap();
        stats["cpu_user_us"].as_u64().unwrap() + stats["cpu_system_us"].as_u64().unwrap()
    };
    let (before, start) = (busy_us(&mut clients[0]), Instant::now());
    std::thread::sleep(std::time::Duration::from_millis(300));
    let busy = busy_us(&mut clients[0]) - before;
    assert!(u128::from(busy) < start.elapsed().as_micros() / 2, "{busy} µs of processor time with nothing to do");
    drop(clients);
    assert_eq!(last.reply().status, 200);
}

#[test]
fn it_ends_when_its_standard_input_does_and_leaves_the_interrupt_to_its_parent() {
    let (mut running, mut client) = with_one_in_flight("--delay 3600..3600 --exit-with-parent");
    running.signal(Signal::SIGINT);
    let site = client.socket().peer_addr().unwrap();
    assert_eq!(Client::connect(site).get("/").status, 200);
    drop(running.child.stdin.take());
    assert_eq!(running.status().code(), Some(0));
    assert_eq!(client.rest(), b"");
}

#[test]
fn it_does_not_outlive_a_parent_that_is_killed() {
    // A shell that holds the other end of the server's standard input, and nothing else does.
    let folder = tempfile::tempdir().unwrap();
    let script = r#"mkfifo "$1"; "$0" local --port 0 --exit-with-parent <"$1" & exec 3>"$1"; wait"#;
    let mut shell = Command::new("sh");
    shell.args(["-c", script, PROGRAM]).arg(folder.path().join("pipe")).stdout(Stdio::piped());
    let mut child = shell.spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let mut parent = Running { child, stdout };
    let (_, site) = parent.site();
    assert_eq!(Client::connect(site).get("/").status, 200);
    parent.signal(Signal::SIGKILL);
    wait_until("the server is gone", || TcpStream::connect(site).is_err());
}

#[test]
fn flags_are_of_the_size_that_was_asked_for_and_the_manifest_says_so() {
    let mut server = Running::start("delay --port 0 --delay 0ms..1ms --size 40000 --exit-with-parent");
    let (_, address) = server.site();
    let body = Client::connect(address).get("/flags/br/br.gif").body;
    assert_eq!((body.len(), &body[..6]), (40_000, &b"GIF89a"[..]));
    let manifest: Value =
        serde_json::from_slice(&Client::connect(address).get("/manifest.json?codes=BR").body).unwrap();
    assert_eq!(manifest["flags"][0]["size"], 40_000);
}
