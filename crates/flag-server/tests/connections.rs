//! Connections: kept, shared, many, and brought to an end.

mod helper;

use flag_server::Config;
use helper::{Client, TestServer, may_open, wait_until};
use std::io::Write;
use std::iter;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

fn waiting(milliseconds: u64) -> Config {
    let wait = Duration::from_millis(milliseconds);
    Config { delay: Some((wait, wait)), ..Config::local() }
}

const REQUEST: &str = "GET /flags/br/br.gif HTTP/1.1\r\nHost: test\r\n\r\n";

#[test]
fn a_connection_serves_many_requests_whatever_they_are_answered() {
    let server = TestServer::start(Config { error_rate: 0.3, ..Config::local() });
    let mut client = server.connect();
    for _ in 0..100 {
        client.get("/flags/br/br.gif");
        client.get("/flags/aa/aa.gif");
    }
    let stats = server.stop();
    assert_eq!((stats.connections, stats.requests), (1, 200));
    assert_eq!(stats.responses_by_status.len(), 3);
}

#[test]
fn a_client_that_wants_to_close_or_speaks_http_1_0_is_let_go() {
    let server = TestServer::local();
    for request in ["GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"] {
        let mut client = server.connect();
        client.send(request);
        assert_eq!(client.reply().status, 200);
        assert_eq!(client.rest(), b"");
    }
}

#[test]
fn requests_sent_ahead_are_answered_in_their_order() {
    let server = TestServer::start(waiting(1));
    let mut client = server.connect();
    let codes = ["br", "aa", "cn", "zz", "in", "us"];
    let ahead = codes.map(|cc| format!("GET /flags/{cc}/{cc}.gif HTTP/1.1\r\nHost: test\r\n\r\n"));
    client.send(ahead.concat());
    for cc in codes {
        let flag = flag_images::find(&cc.to_uppercase());
        let reply = client.reply();
        assert_eq!(reply.status, if flag.is_some() { 200 } else { 404 });
        if let Some(flag) = flag {
            assert_eq!(reply.body, flag.gif);
        }
    }
}

#[test]
fn two_thousand_connections_are_held_and_all_are_answered() {
    if !may_open(10_000) {
        return;
    }
    let server = TestServer::local();
    let mut clients: Vec<_> = iter::repeat_with(|| server.connect()).take(2_000).collect();
    wait_until("2,000 connections are open", || server.stats().open_connections == 2_001);
    for client in &mut clients {
        client.send(REQUEST);
    }
    assert!(clients.iter_mut().all(|client| client.reply().status == 200));
    drop(clients);
    wait_until("they are closed", || server.stats().open_connections == 1);
}

#[test]
fn two_thousand_that_connect_and_ask_at_once_are_all_answered() {
    if !may_open(10_000) {
        return;
    }
    let server = TestServer::local();
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let mut clients: Vec<_> = iter::repeat_with(|| server.connect()).take(100).collect();
                clients.iter_mut().for_each(|client| client.send(REQUEST));
                let flag = flag_images::find("BR").unwrap().gif;
                assert!(clients.iter_mut().all(|client| client.reply().body == flag));
            });
        }
    });
    assert_eq!(server.stop().responses_by_status[&200], 2_000);
}

#[test]
fn a_thousand_requests_sent_ahead_are_answered_in_their_order() {
    let server = TestServer::local();
    let mut client = server.connect();
    let asked: Vec<_> = flag_images::all().iter().cycle().take(1_000).collect();
    let mut sender = client.socket().try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            for flag in &asked {
                let cc = flag.code.to_lowercase();
                write!(sender, "GET /flags/{cc}/{cc}.gif HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
            }
        });
        assert!(asked.iter().all(|flag| client.reply().body == flag.gif));
    });
}

#[test]
fn many_requests_in_flight_are_all_answered_by_a_server_that_stops() {
    let mut server = TestServer::start(waiting(300));
    let mut clients: Vec<_> = iter::repeat_with(|| server.connect()).take(200).collect();
    clients.iter_mut().for_each(|client| client.send(REQUEST));
    wait_until("they are in flight", || server.stats().in_flight == 200);
    server.tell_to_stop();
    assert!(clients.iter_mut().all(|client| client.reply().status == 200));
    assert_eq!(server.stop().in_flight, 0);
}

#[test]
fn a_server_that_stops_answers_what_is_in_flight_and_accepts_nothing_more() {
    let mut server = TestServer::start(waiting(500));
    let mut idle = server.connect();
    idle.get("/");
    let mut client = server.connect();
    client.send(REQUEST);
    wait_until("it is in flight", || server.stats().in_flight == 1);
    server.tell_to_stop();
    assert_eq!(idle.rest(), b"", "an idle connection is closed");
    wait_until("it accepts nothing", || TcpStream::connect(server.address).is_err());

    let reply = client.reply();
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    assert_eq!(reply.body, flag_images::find("BR").unwrap().gif);
    assert_eq!(client.rest(), b"");
    let stats = server.stop();
    assert_eq!((stats.requests, stats.responses_by_status[&200]), (1, 1));
    assert_eq!((stats.in_flight, stats.open_connections), (0, 0));
}

#[test]
fn a_client_that_never_reads_does_not_keep_the_others_waiting() {
    let server = TestServer::local();
    let mut deaf = server.connect();
    deaf.socket().set_write_timeout(Some(Duration::from_millis(100))).unwrap();
    // Once both sockets' buffers are full of responses, the server reads no more requests.
    while deaf.socket().write_all(REQUEST.repeat(100).as_bytes()).is_ok() {}
    assert_eq!(server.get("/flags/br/br.gif").status, 200);
}

#[test]
fn as_many_clients_as_the_backlog_holds_can_come_at_once() {
    if !may_open(10_000) {
        return;
    }
    // Nothing accepts here: all that connect wait in the backlog, and none has to try again.
    let listener = flag_server::listen(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let clients: Vec<_> = iter::repeat_with(|| Client::connect(address)).take(1_000).collect();
    assert_eq!(clients.len(), 1_000);
}
