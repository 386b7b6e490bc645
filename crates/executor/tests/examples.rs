//! The examples run, say what the Python programs beside them say, and are hardly longer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs, thread};

/// Lines of Rust for ten lines of Python, at most.
const LINES: usize = 12;

#[test]
fn callbacks_report_each_result() {
    same_as_python("callbacks", &[], &["12 / 0 failed", "12 / 1 = 12", "12 / 2 = 6", "12 / 3 = 4"]);
}

#[test]
fn the_first_completed_is_taken_and_the_rest_cancelled() {
    same_as_python("first_completed", &[], &["near answered first", "the other 3 are not needed"]);
}

#[test]
fn an_initializer_runs_before_the_first_task_of_each_thread() {
    let lines = [0, 1, 2].map(|page| format!("page {page} over a connection of its thread"));
    same_as_python("initializer", &[], &lines.each_ref().map(String::as_str));
}

#[test]
fn primes_are_found_by_processes() {
    let lines = [
        "1000000000039 is prime",
        "1000000000041 is not prime",
        "1000001 is not prime",
        "1000003 is prime",
        "2 is prime",
        "999998000001 is not prime",
    ];
    same_as_python("primes", &[], &lines);
}

#[test]
fn urls_are_loaded_and_one_that_fails_is_reported() {
    let server = serve();
    let urls = ["long", "missing", "short"].map(|page| format!("http://{server}/{page}"));
    let [long, missing, short] = &urls;
    let lines = [format!("{long}: 100000 bytes"), format!("{missing}: failed"), format!("{short}: 5 bytes")];
    same_as_python("urls", &urls.each_ref().map(String::as_str), &lines.each_ref().map(String::as_str));
}

/// Runs the example and the Python program of this name. Both say these lines, in any order.
fn same_as_python(name: &str, arguments: &[&str], lines: &[&str]) {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let (rust, python) = (sources.join(name).with_extension("rs"), sources.join(name).with_extension("py"));
    let (rust_lines, python_lines) = (code_lines(&rust, "//"), code_lines(&python, "#"));
    assert!(rust_lines * 10 <= python_lines * LINES, "{name}: {rust_lines} lines of Rust, {python_lines} of Python");

    let example = example(name);
    let output = Command::new(&example).args(arguments).output().unwrap_or_else(|error| {
        panic!("failed to run {}: {error}; build it: cargo build -p executor --examples", example.display())
    });
    assert_eq!(said(&output), lines, "{name} in Rust: {}", String::from_utf8_lossy(&output.stderr));

    match Command::new("python3").arg(&python).args(arguments).output() {
        Ok(output) => {
            assert_eq!(said(&output), lines, "{name} in Python: {}", String::from_utf8_lossy(&output.stderr));
        }
        Err(error) => eprintln!("skipped: {} was not run: python3: {error}", python.display()),
    }
}

/// Lines that are neither empty nor comments.
fn code_lines(path: &Path, comment: &str) -> usize {
    let text = fs::read_to_string(path).expect("failed to read an example");
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(comment)).count()
}

/// The program of an example: Cargo puts it beside the folder that this test is in.
fn example(name: &str) -> PathBuf {
    let test = env::current_exe().expect("failed to find this program");
    test.parent().and_then(Path::parent).expect("it is in a folder of target").join("examples").join(name)
}

/// The lines of standard output, sorted; of an error, which each language words in its own way, only that there is one.
fn said(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    let without_reason = |line: &str| match line.split_once(": failed: ") {
        Some((url, _)) => format!("{url}: failed"),
        None => line.to_owned(),
    };
    let mut lines: Vec<String> = text.lines().map(without_reason).collect();
    lines.sort();
    lines
}

/// A server with a long page, a short one, and nothing else. It runs until this program ends.
fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("failed to listen");
    let address = listener.local_addr().expect("it listens somewhere");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if stream.read_exact(&mut byte).is_err() {
                    break;
                }
                request.extend(byte);
            }
            let (status, len) = match request.split(|byte| *byte == b' ').nth(1) {
                Some(b"/long") => ("200 OK", 100_000),
                Some(b"/short") => ("200 OK", 5),
                _ => ("404 Not Found", 0),
            };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {len}\r\nConnection: close\r\n\r\n");
            // A client that has gone away shows in what it prints.
            _ = stream.write_all(&[head.as_bytes(), &vec![b'x'; len]].concat());
        }
    });
    address
}
