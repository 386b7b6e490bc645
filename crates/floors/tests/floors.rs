//! Each floor against a little server, for they are what others' times are held against.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Answers with the path itself, and 404 to what begins with `/no`. Returns its port and the count of its connections.
fn serve() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::Relaxed);
            thread::spawn(move || drop(answer(stream)));
        }
    });
    (port, connections)
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let lines = BufReader::new(stream.try_clone()?).lines();
    for line in lines {
        let line = line?;
        let Some(path) = line.strip_prefix("GET ").and_then(|rest| rest.split(' ').next()) else { continue };
        let status = if path.starts_with("/no") { "404 Not Found" } else { "200 OK" };
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{path}", path.len())?;
    }
    Ok(())
}

fn run(floor: &str, folder: &Path, names: &[&str], port: u16) -> Output {
    let line = |name: &&str| format!("-o {} http://127.0.0.1:{port}/{name}\n", folder.join(name).display());
    let lines = folder.join("lines");
    fs::write(&lines, names.iter().map(line).collect::<String>()).unwrap();
    Command::new(env!("CARGO_BIN_EXE_floors")).arg(floor).arg(&lines).arg("3").output().unwrap()
}

#[test]
fn each_floor_saves_what_is_there_over_as_many_connections_as_requests_at_once() {
    for (floor, most) in [("blocking", 1), ("epoll", 3), ("hyper", 3)] {
        let folder = tempfile::tempdir().unwrap();
        let (port, connections) = serve();
        let names = ["a", "b", "no", "c", "d", "e"];
        let output = run(floor, folder.path(), &names, port);
        assert!(output.status.success(), "{floor}: {output:?}");
        for name in names {
            let saved = fs::read_to_string(folder.path().join(name)).ok();
            assert_eq!(saved, (name != "no").then(|| format!("/{name}")), "{floor}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), names.len(), "{floor} leaves nothing else");
        assert_eq!(connections.load(Ordering::Relaxed), most, "{floor}");
    }
}

#[test]
fn a_server_that_is_not_there_is_an_error_that_names_it() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for floor in ["blocking", "epoll", "hyper"] {
        let folder = tempfile::tempdir().unwrap();
        let output = run(floor, folder.path(), &["a"], free);
        assert_eq!(output.status.code(), Some(1), "{floor}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(&format!("127.0.0.1:{free}")), "{output:?}");
    }
}
