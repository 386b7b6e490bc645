//! Clients that mean no good, or know no HTTP.

mod helper;

use flag_server::{Config, Limits, SERVER};
use helper::{Client, TestServer, may_open, wait_until};
use std::io::Write;
use std::thread;
use std::time::Duration;

/// Sends bytes, and returns the status and the head of what comes back before the server closes.
fn refused(server: &TestServer, request: &[u8]) -> String {
    let mut client = server.connect();
    // The server may refuse, and close, before it has read everything.
    let _ = client.socket().write_all(request);
    String::from_utf8_lossy(&client.rest()).to_lowercase()
}

#[test]
fn what_is_no_http_gets_a_4xx_with_our_name_and_the_server_lives_on() {
    let server = TestServer::local();
    let long_path = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(100_000));
    let long_header = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "a".repeat(100_000));
    let many_headers = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(1_000));
    let cases: [(&str, &[u8]); 12] = [
        ("noise", b"garbage\r\n\r\n"),
        ("binary", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
        ("no target", b"GET\r\n\r\n"),
        ("no version", b"GET / \r\n\r\n"),
        ("a version of tomorrow", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n"),
        ("a header without a colon", b"GET / HTTP/1.1\r\nHost x\r\n\r\n"),
        ("a zero byte", b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("a space in a name", b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n"),
        ("two lengths", b"POST /reset HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        ("a long target", long_path.as_bytes()),
        ("a long header", long_header.as_bytes()),
        ("many headers", many_headers.as_bytes()),
    ];
    for (what, request) in cases {
        let reply = refused(&server, request);
        assert!(reply.starts_with("http/1.1 4"), "{what}: {reply:?}");
        assert!(reply.contains(&format!("server: {SERVER}\r\n")), "{what}: {reply:?}");
        assert!(reply.contains("content-length: 0\r\n") && reply.ends_with("\r\n\r\n"), "{reply:?}");
        assert_eq!(server.get("/flags/br/br.gif").status, 200, "after {what}");
    }
}

#[test]
fn a_good_request_is_answered_before_the_bad_one_behind_it() {
    let server = TestServer::local();
    let reply = refused(&server, b"GET / HTTP/1.1\r\nHost: x\r\n\r\ngarbage\r\n\r\n");
    assert!(reply.starts_with("http/1.1 200"), "{reply:?}");
    assert!(reply.contains("http/1.1 400"), "{reply:?}");
    assert_eq!(reply.matches(&format!("server: {SERVER}\r\n")).count(), 2, "{reply:?}");
}

#[test]
fn a_request_of_http_1_1_without_a_host_or_with_two_is_bad() {
    let server = TestServer::local();
    let mut client = server.connect();
    for hosts in ["", "Host: a\r\nHost: b\r\n"] {
        client.send(format!("GET /flags/br/br.gif HTTP/1.1\r\n{hosts}\r\n"));
        assert_eq!(client.reply().status, 400);
    }
    let mut old = server.connect();
    old.send("GET /flags/br/br.gif HTTP/1.0\r\n\r\n");
    assert_eq!(old.reply().status, 200);
}

#[test]
fn strange_methods_and_targets_are_refused_and_nothing_else_happens() {
    let server = TestServer::local();
    let mut client = server.connect();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW"] {
        assert_eq!(client.request(method, "/flags/br/br.gif").status, 405, "{method}");
    }
    for (request, status) in [
        ("OPTIONS *", 405),
        ("CONNECT x:1", 405),
        ("GET http://x/elsewhere", 404),
        ("GET http://x/flags/br/br.gif", 200),
    ] {
        let mut client = server.connect();
        client.send(format!("{request} HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert_eq!(client.reply().status, status, "{request}");
    }
}

#[test]
fn a_copy_that_is_no_number_is_a_bad_request() {
    let server = TestServer::local();
    let mut client = server.connect();
    for copy in ["", "0", "-1", "x", "1.5", "4194304", "99999999999999999999", "%32"] {
        let target = format!("/flags/br/br.gif?copy={copy}");
        assert_eq!(client.get(&target).status, 400, "{copy:?}");
    }
    assert_eq!(client.get("/flags/br/br.gif?copy=4194303").status, 200);
}

#[test]
fn no_spelling_of_a_path_leads_out_of_the_folder_or_to_a_flag_by_another_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("flags/br")).unwrap();
    std::fs::write(folder.path().join("flags/br/br.gif"), "GIF89a;").unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    let flags = flag_server::Flags::from_folder(&folder.path().join("flags")).unwrap();
    let server = TestServer::start(Config { flags, ..Config::local() });
    let mut client = server.connect();
    for target in [
        "/flags/../secret",
        "/flags/br/../../secret",
        "/flags/br/../br/br.gif",
        "/flags/%2e%2e/secret",
        "/flags/%2E%2E%2Fsecret",
        "/flags/..%2fsecret",
        "/flags/..%5csecret",
        "/flags/..\\secret",
        "/flags/%252e%252e/secret",
        "/flags/%c0%ae%c0%ae/secret",
        "/flags/..;/secret",
        "/flags/....//secret",
        "/flags/.%2e/secret",
        "/flags/%5c..%5csecret",
        "/flags/%u002e%u002e/secret",
        "/flags/%%32%65%%32%65/secret",
        "/flags/%c0%2e%c0%2e%c0%afsecret",
        "/flags/%e0%80%ae%e0%80%ae/secret",
        "/flags/%ef%bc%8e%ef%bc%8e/secret",
        "/flags/.%00./secret",
        "/flags/br%2f..%2f..%2fsecret",
        "/flags/br/br.gif%00.txt",
        "/flags/br/br.gif/../../../secret",
        "/flags/br?/../secret",
        "/flags/br/..%00/br.gif",
        "/flags//br/br.gif",
        "/flags/./br/br.gif",
        "//flags/br/br.gif",
        "/flags/br/br.gif/",
        "/flags/br/%62r.gif",
        "/flags/BR/BR.gif",
        "/flags/br/BR.gif",
        "/flags/br/ar.gif",
        "/flags/br",
        "/flags/br/",
        "/../secret",
        "/secret",
        "/pictures/../secret",
        "/pictures/br/../br.gif",
        "/pictures/%62r.gif",
        "/etc/passwd",
        "/flags//etc/passwd",
    ] {
        let reply = client.get(target);
        assert_eq!((reply.status, reply.body.as_slice()), (404, &b"404 Not Found\n"[..]), "{target}");
    }
    assert_eq!(client.get("/flags/br/br.gif").body, b"GIF89a;");
}

/// Limits that a test can wait for.
fn brief(head: u64, idle: u64) -> Config {
    let limits = Limits { head: Duration::from_millis(head), idle: Duration::from_millis(idle) };
    Config { limits, ..Config::local() }
}

#[test]
fn a_head_that_does_not_end_is_refused_with_408_however_it_drips() {
    let server = TestServer::start(brief(100, 3_600_000));
    let mut idle = server.connect();
    let mut silent = server.connect();
    silent.send("GET / HTTP/1.1\r\nHost:");
    let mut dripping = server.connect();
    let socket = dripping.socket().try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || drip(socket));
        let reply = silent.reply();
        assert_eq!((reply.status, reply.header("server")), (408, Some(SERVER)));
        assert_eq!(silent.rest(), b"");
        // What it has sent meanwhile, and was not read, may turn the end into a reset, which takes the answer with it.
        let answer = dripping.rest();
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{answer:?}");
    });
    assert_eq!(idle.get("/").status, 200, "a client that asks for nothing is not held to it");
}

#[test]
fn many_heads_that_never_end_keep_no_client_waiting() {
    if !may_open(2_000) {
        return;
    }
    let server = TestServer::start(brief(500, 3_600_000));
    let mut slow: Vec<_> = (0..500).map(|_| server.connect()).collect();
    slow.iter_mut().for_each(|client| client.send("GET / HTTP/1.1\r\nHost: te"));
    wait_until("all are accepted", || server.stats().connections > 500);
    let mut good = server.connect();
    for flag in flag_images::all() {
        let cc = flag.code.to_lowercase();
        assert_eq!(good.get(&format!("/flags/{cc}/{cc}.gif")).body, flag.gif);
    }
    assert!(slow.iter_mut().all(|client| client.reply().status == 408));
    wait_until("they are let go", || server.stats().open_connections == 2);
}

/// Writes a byte of a head now and then, until the other side has had enough.
fn drip(mut socket: std::net::TcpStream) {
    while socket.write_all(b"x").is_ok() {
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_connection_without_requests_is_closed_after_a_while_and_one_that_waits_for_us_is_not() {
    let wait = Duration::from_millis(400);
    let server = TestServer::start(Config { delay: Some((wait, wait)), ..brief(50, 100) });
    let mut new = server.connect();
    let mut used = server.connect();
    assert_eq!(used.get("/").status, 200);
    let mut waiting = server.connect();
    assert_eq!(waiting.get("/flags/br/br.gif").status, 200);
    for client in [&mut new, &mut used, &mut waiting] {
        assert_eq!(client.rest(), b"");
    }
}

#[test]
fn an_unwanted_body_does_not_confuse_what_follows() {
    let server = TestServer::local();
    let mut client = server.connect();
    client.send("GET /flags/br/br.gif HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(client.reply().status, 200);
    let mut next = Client::connect(server.address);
    next.send("POST /reset HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(next.reply().status, 200);
    assert_eq!(next.get("/flags/br/br.gif").status, 200);
}

#[test]
fn the_preface_of_http_2_is_a_bad_request_on_a_new_and_on_a_used_connection() {
    let server = TestServer::local();
    for requests_before in [0, 1] {
        let mut client = server.connect();
        for _ in 0..requests_before {
            assert_eq!(client.get("/").status, 200);
        }
        client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        let reply = client.reply();
        assert_eq!((reply.status, reply.header("server")), (400, Some(SERVER)));
    }
}
