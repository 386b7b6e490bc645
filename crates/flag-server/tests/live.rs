//! What the page for people shows of the downloads of any client.

mod helper;

use flag_server::Config;
use helper::{TestServer, wait_until};
use serde_json::{Value, json};
use std::time::Duration;

const REQUEST: &str = "GET /flags/br/br.gif HTTP/1.1\r\nHost: test\r\n\r\n";

/// A server that answers after this long.
fn waiting(milliseconds: u64) -> Config {
    let wait = Duration::from_millis(milliseconds);
    Config { delay: Some((wait, wait)), ..Config::local() }
}

fn live(server: &TestServer) -> Value {
    let reply = server.get("/live.json");
    assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")));
    serde_json::from_slice::<Value>(&reply.body).unwrap()["flags"].take()
}

/// The counts of a code, in the order in which they are told.
fn counts([under_way, good, errors, left]: [u64; 4], status: u16) -> Value {
    json!({ "under_way": under_way, "good": good, "errors": errors, "left": left, "status": status })
}

#[test]
fn a_flag_is_under_way_until_it_is_answered() {
    let server = TestServer::start(waiting(1_000));
    assert_eq!(live(&server), json!({}));
    let mut client = server.connect();
    client.send(REQUEST);
    wait_until("it is under way", || live(&server) == json!({ "BR": counts([1, 0, 0, 0], 0) }));
    assert_eq!(client.reply().status, 200);
    assert_eq!(live(&server), json!({ "BR": counts([0, 1, 0, 0], 200) }));
}

#[test]
fn an_error_and_a_code_without_a_flag_are_told_from_a_flag_that_was_sent() {
    let server = TestServer::start(Config { error_rate: 1.0, ..Config::local() });
    server.get("/flags/br/br.gif");
    assert_eq!(live(&server), json!({ "BR": counts([0, 0, 1, 0], 418) }));
    let server = TestServer::local();
    let mut client = server.connect();
    let etag = client.get("/flags/br/br.gif").header("etag").unwrap().to_owned();
    client.send(format!("GET /flags/br/br.gif HTTP/1.1\r\nHost: test\r\nIf-None-Match: {etag}\r\n\r\n"));
    assert_eq!(client.reply().status, 304);
    client.get("/flags/zz/zz.gif");
    client.request("HEAD", "/flags/cn/cn.gif?copy=7");
    let expected =
        json!({ "BR": counts([0, 2, 0, 0], 304), "CN": counts([0, 1, 0, 0], 200), "ZZ": counts([0, 0, 1, 0], 404) });
    assert_eq!(live(&server), expected);
}

#[test]
fn a_client_that_leaves_before_the_answer_has_given_up() {
    let server = TestServer::start(waiting(60_000));
    let mut client = server.connect();
    client.send(REQUEST);
    wait_until("it is under way", || live(&server)["BR"]["under_way"] == 1);
    drop(client);
    wait_until("it is given up", || live(&server) == json!({ "BR": counts([0, 0, 0, 1], 0) }));
}

#[test]
fn what_belongs_to_a_flag_or_to_the_page_is_no_download() {
    let server = TestServer::local();
    for target in ["/", "/page.js", "/live.json", "/pictures/br.gif", "/flags/br/metadata.json", "/stats", "/nothing"] {
        server.get(target);
    }
    assert_eq!(live(&server), json!({}));
}

#[test]
fn a_reset_forgets_all_but_what_is_under_way() {
    let server = TestServer::start(waiting(1_000));
    server.get("/flags/cn/cn.gif");
    let mut client = server.connect();
    client.send(REQUEST);
    wait_until("it is under way", || live(&server)["BR"]["under_way"] == 1);
    assert_eq!(server.connect().request("POST", "/reset").status, 200);
    assert_eq!(live(&server), json!({ "BR": counts([1, 0, 0, 0], 0) }));
    assert_eq!(client.reply().status, 200);
}
