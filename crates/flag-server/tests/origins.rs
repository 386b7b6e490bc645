//! Requests that pages of other sites send, and hosts that are none.

mod helper;

use faults::Limits;
use flag_server::{Config, listen, serve_faults};
use helper::{Client, TestServer};
use std::net::SocketAddr;

fn status(server: SocketAddr, request: &str) -> u16 {
    let mut client = Client::connect(server);
    client.send(request);
    client.reply().status
}

/// Both servers that can be reset.
fn servers() -> (TestServer, SocketAddr) {
    let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
    let faults = listener.local_addr().unwrap();
    serve_faults(listener, Config::fault(), Limits::default()).unwrap();
    (TestServer::local(), faults)
}

#[test]
fn a_page_of_another_site_cannot_reset_a_server() {
    let (server, faults) = servers();
    let cases = [
        ("", 200),
        ("Sec-Fetch-Site: none\r\n", 200),
        ("Sec-Fetch-Site: same-origin\r\nOrigin: http://127.0.0.1:8000\r\n", 200),
        ("Origin: http://127.0.0.1:8000\r\n", 200),
        ("Origin: http://127.0.0.1:8001\r\n", 403),
        ("Origin: https://127.0.0.1:8000\r\n", 403),
        ("Origin: http://evil.example\r\n", 403),
        ("origin: null\r\n", 403),
        ("Sec-Fetch-Site: cross-site\r\n", 403),
        ("Sec-Fetch-Site: same-site\r\n", 403),
    ];
    for address in [server.address, faults] {
        for (headers, expected) in cases {
            let request = format!("POST /reset HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n{headers}\r\n");
            assert_eq!(status(address, &request), expected, "{headers}");
        }
    }
}

#[test]
fn a_name_that_was_made_to_lead_here_cannot_reset_a_server() {
    let (server, faults) = servers();
    for address in [server.address, faults] {
        for (host, expected) in [("evil.example:8000", 403), ("localhost:8000", 200), ("[::1]:8000", 200)] {
            let request = format!("POST /reset HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\r\n");
            assert_eq!(status(address, &request), expected, "{host}");
        }
    }
}

#[test]
fn a_host_that_is_none_is_a_bad_request() {
    let server = TestServer::local();
    for good in ["a", "a:", "a:80", "127.0.0.1:80", "[::1]", "[::1]:80", "a-b.example", "a%20b"] {
        assert_eq!(status(server.address, &format!("GET / HTTP/1.1\r\nHost: {good}\r\n\r\n")), 200, "{good}");
    }
    for bad in ["", ":80", "a b", "a/b", "a@b", "a:b", "a:80:80", "[::1", "::1", "[x]", "a,b/c", "<a>"] {
        for version in ["1.0", "1.1"] {
            let request = format!("GET / HTTP/{version}\r\nHost: {bad}\r\n\r\n");
            assert_eq!(status(server.address, &request), 400, "{bad} {version}");
        }
    }
    assert_eq!(status(server.address, "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
}

#[test]
fn the_fault_site_says_what_it_allows() {
    let (_, faults) = servers();
    for (request, allowed) in [("PUT /faults/", "get, head"), ("DELETE /stats", "get, head"), ("GET /reset", "post")] {
        let mut client = Client::connect(faults);
        client.send(format!("{request} HTTP/1.1\r\nHost: test\r\n\r\n"));
        let reply = client.reply();
        assert_eq!((reply.status, reply.header("allow")), (405, Some(allowed)), "{request}");
        assert_eq!(reply.body, b"");
    }
}

#[test]
fn keep_alive_is_said_to_a_client_that_asks_for_it() {
    let server = TestServer::local();
    let cases = [
        ("keep-alive", Some("keep-alive")),
        ("TE, Keep-Alive", Some("keep-alive")),
        ("close, keep-alive", Some("close")),
        ("TE", None),
    ];
    for (asked, said) in cases {
        let mut client = server.connect();
        client.send(format!("GET /flags/br/br.gif HTTP/1.1\r\nHost: test\r\nConnection: {asked}\r\n\r\n"));
        let reply = client.reply();
        assert_eq!(reply.header("connection"), said, "{asked}");
        let for_how_long = (said == Some("keep-alive")).then_some("timeout=120");
        assert_eq!(reply.header("keep-alive"), for_how_long, "{asked}");
    }
}

#[test]
fn a_client_of_http_1_0_keeps_its_connection_if_it_asks_for_that_and_only_then() {
    let (server, faults) = servers();
    for (site, path) in [(server.address, "/flags/br/br.gif"), (faults, "/faults/answers_418/flags/br/br.gif")] {
        let mut client = Client::connect(site);
        for _ in 0..2 {
            client.send(format!("GET {path} HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
            assert_eq!(client.reply().header("connection"), Some("keep-alive"), "{path}");
        }
        client.send(format!("GET {path} HTTP/1.0\r\n\r\n"));
        client.reply();
        assert_eq!(client.rest(), b"", "{path}");
    }
}
