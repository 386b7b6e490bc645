//! LOCAL, DELAY and ERROR: the `flag-server` that a program starts for its run where none listens.
//!
//! Their ports are fixed, so these cases take turns, also with those of other programs under test on the same machine.

use std::{
    env,
    fs::{self, File},
    io::Write,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Command,
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use flag_server::{Code, Config, outcome};
use nix::sys::signal::Signal;

use crate::{
    flag_server::FlagServer,
    program::{DEADLINE, Program, wait_until},
};

/// Our turn with the ports 8000 to 8002, and a `flag-server` beside the program.
fn turn(program: &Program) -> File {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| build_beside(&program.beside("flag-server")));
    let turn = File::create(env::temp_dir().join("side-by-side-ports.lock")).expect("a file in the temporary folder");
    turn.lock().expect("a file can be locked");
    for port in 8000..=8002 {
        for host in ["127.0.0.1", "::1"] {
            // A machine may have no IPv6; then nothing listens there either.
            if let Err(error) = TcpListener::bind((host, port))
                && error.kind() == std::io::ErrorKind::AddrInUse
            {
                panic!("something listens on port {port} of this machine, which must be free for this case: stop it");
            }
        }
    }
    turn
}

/// Cargo builds no program of another package for a test.
fn build_beside(path: &Path) {
    if path.exists() {
        return;
    }
    let folder = path.parent().expect("it is in the folder of a profile");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "flag-server", "--bin", "flag-server", "--target-dir"]);
    cargo.arg(folder.parent().expect("it is in the target folder"));
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().expect("cargo is there").success(), "failed to build {}", path.display());
}

/// The code that the DELAY and the ERROR server are quickest to give the flag of.
fn quickest() -> String {
    let codes = flag_images::all().iter().map(|flag| flag.code.parse::<Code>().expect("a code"));
    let fate = |code: &Code| outcome(&Config::error(), *code, 1, 0);
    codes.filter(|code| !fate(code).error).min_by_key(|code| fate(code).delay).expect("there are flags").to_string()
}

pub fn a_server_is_started_and_gone_with_the_run(program: &Program) {
    let _turn = turn(program);
    let code = quickest();
    for label in ["LOCAL", "delay", "Error"] {
        let ended = program.flags(label, &code).end().ends_with(0);
        let said = ended.stderr.strip_prefix(&format!(
            "Nothing on the port of {} serves flags: started a flag-server at http://127.0.0.1:",
            label.to_uppercase()
        ));
        assert!(said.is_some_and(|said| said.contains("/flags for this run.")), "{}", ended.stderr);
        let site = format!("{} site: http://127.0.0.1:", label.to_uppercase());
        assert!(ended.stdout.starts_with(&site), "{}", ended.stdout);
        assert!(ended.stdout.contains("  1 flag downloaded."), "{}", ended.stdout);
    }
    program.run("flags br").told().counts(1, 0, 0).ends_with(0);
}

pub fn a_started_server_is_gone_after_ctrl_c_and_after_kill(program: &Program) {
    let _turn = turn(program);
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143), (Signal::SIGKILL, 137)] {
        let mut running = program.flags("DELAY", "-a").start();
        running.wait_for_stderr("for this run.");
        // The program, its server, and a folder to show that it has begun.
        wait_until("there are two processes", || running.processes().len() >= 2);
        running.signal(signal);
        running.wait().ends_with(status);
    }
}

pub fn a_server_that_listens_already_is_used(program: &Program) {
    let _turn = turn(program);
    let _server = FlagServer::start_at(SocketAddr::from(([127, 0, 0, 1], 8000)), Config::local());
    let ended = program.flags("local", "br").end().ends_with(0);
    assert!(ended.stdout.starts_with("LOCAL site: http://localhost:8000/flags\n"), "{}", ended.stdout);
    assert_eq!(ended.stderr, "", "it says of no server that it was started");
}

pub fn without_a_server_beside_it_a_program_says_how_to_get_one(program: &Program) {
    let _turn = turn(program);
    // A link, on the same disk: a program that was just written may be busy.
    let folder = program.path().parent().expect("it is in the folder of a profile");
    let folder = tempfile::tempdir_in(folder).expect("a fresh folder");
    let alone = Program::new(folder.path().join(program.strategy()));
    fs::hard_link(program.path(), alone.path()).expect("a link on the same disk");
    let missing = format!("there is no {}", alone.beside("flag-server").display());
    for label in ["LOCAL", "DELAY", "ERROR"] {
        let ended = alone.flags(label, "br").end().ends_with(3);
        for part in [&missing, "`cargo install --path crates/flag-server`", "`cargo build --release`", "--server URL"] {
            assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
        }
    }
    // One that is there and cannot be started is not missing.
    fs::write(alone.beside("flag-server"), "").expect("a fresh folder has room");
    let ended = alone.flags("LOCAL", "br").end().ends_with(3);
    assert!(ended.stderr.contains("failed to start") && ended.stderr.contains("denied"), "{}", ended.stderr);
}

pub fn a_server_is_started_without_proc(program: &Program) {
    let _turn = turn(program);
    let ended = program.flags("LOCAL", "br").without_proc().end().ends_with(0);
    assert!(ended.stdout.contains("  1 flag downloaded."), "{}", ended.stdout);
}

pub fn a_signal_ends_the_look_at_what_listens_there(program: &Program) {
    let _turn = turn(program);
    let listener = TcpListener::bind("127.0.0.1:8000").expect("our turn");
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let running = program.flags("LOCAL", "br").start();
        let (mut stream, _) = listener.accept().expect("a client");
        // A byte now and then, as long as it listens.
        let foreign = thread::spawn(move || {
            while stream.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(100));
            }
        });
        let signalled = Instant::now();
        running.signal(signal);
        running.wait().ends_with(status);
        assert!(signalled.elapsed() < DEADLINE / 2, "it was not the signal that ended it");
        foreign.join().expect("its client is gone");
    }
}

pub fn something_else_on_the_port_is_left_alone_and_a_server_started(program: &Program) {
    let _turn = turn(program);
    let listener = TcpListener::bind("127.0.0.1:8002").expect("our turn");
    let foreign = thread::spawn(move || {
        for page in ["200 OK", "404 Not Found"] {
            let (mut stream, _) = listener.accept().expect("a client");
            let answer = format!("HTTP/1.1 {page}\r\nServer: SimpleHTTP/0.6\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).expect("a client");
        }
    });
    let ended = program.flags("ERROR", &quickest()).end().ends_with(0);
    assert!(ended.stdout.starts_with("ERROR site: http://127.0.0.1:"), "{}", ended.stdout);
    assert!(ended.stderr.contains("started a flag-server at"), "{}", ended.stderr);
    foreign.join().expect("it was asked");
}
