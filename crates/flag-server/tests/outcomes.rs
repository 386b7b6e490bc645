//! Delays and errors as clients meet them.

mod helper;

use flag_server::{Code, Config, METADATA, outcome};
use helper::{Client, TestServer, wait_until};
use std::iter;
use std::thread;
use std::time::{Duration, Instant};

/// Delays in a range short enough for tests, and a quarter of errors.
fn quick() -> Config {
    let range = (Duration::from_millis(1), Duration::from_millis(20));
    Config { delay: Some(range), ..Config::error() }
}

/// Errors without delays.
fn instant() -> Config {
    Config { delay: None, ..Config::error() }
}

/// What a server should answer to a request.
fn expected(config: &Config, code: Code, copy: u32, attempt: u32) -> u16 {
    match flag_images::find(&code.to_string()) {
        _ if outcome(config, code, copy, attempt).error => 418,
        Some(_) => 200,
        None => 404,
    }
}

fn path(code: Code) -> String {
    let cc = code.to_string().to_lowercase();
    format!("/flags/{cc}/{cc}.gif")
}

#[test]
fn each_of_676_codes_is_answered_as_foretold() {
    let server = TestServer::start(instant());
    let mut client = server.connect();
    for code in Code::all() {
        assert_eq!(client.get(&path(code)).status, expected(&instant(), code, 1, 0), "{code}");
    }
    let by_status = server.stats().responses_by_status;
    let count = |status| Code::all().filter(|&c| expected(&instant(), c, 1, 0) == status).count();
    for status in [200, 404, 418] {
        assert_eq!(by_status[&status], count(status) as u64);
    }
    assert!((135..=203).contains(&by_status[&418]));
}

#[test]
fn the_order_of_the_requests_makes_no_difference() {
    let ask = |codes: Vec<Code>| {
        let server = TestServer::start(instant());
        let mut client = server.connect();
        let mut answers: Vec<_> = codes.into_iter().map(|code| (code, client.get(&path(code)).status)).collect();
        answers.sort_by_key(|(code, _)| *code); // stable: attempts stay in order
        answers
    };
    let forth: Vec<Code> = Code::all().take(100).chain(Code::all().take(100)).collect();
    let back = forth.iter().rev().copied().collect();
    assert_eq!(ask(forth), ask(back));
}

#[test]
fn attempts_advance_and_a_reset_takes_them_back() {
    let server = TestServer::start(instant());
    let mut client = server.connect();
    let br: Code = "BR".parse().unwrap();
    let foretold: Vec<_> = (0..20).map(|attempt| expected(&instant(), br, 1, attempt)).collect();
    assert!(foretold.contains(&200) && foretold.contains(&418), "{foretold:?}");
    for _ in 0..2 {
        let answers: Vec<_> = iter::repeat_with(|| client.get(&path(br)).status).take(20).collect();
        assert_eq!(answers, foretold);
        client.request("POST", "/reset");
    }
}

#[test]
fn programs_one_after_another_meet_the_same_server() {
    let server = TestServer::start(instant());
    let codes = || Code::all().take(60);
    let foretold: Vec<_> = codes().map(|code| expected(&instant(), code, 1, 0)).collect();
    for _ in 0..3 {
        let mut client = server.connect();
        assert_eq!(codes().map(|code| client.get(&path(code)).status).collect::<Vec<_>>(), foretold, "one connection");
        drop(client);
        assert_eq!(codes().map(|code| server.get(&path(code)).status).collect::<Vec<_>>(), foretold, "one for each");
        let mut clients = [(); 5].map(|()| server.connect());
        let turns = codes().zip((0..5).cycle()).map(|(code, turn)| clients[turn].get(&path(code)).status);
        assert_eq!(turns.collect::<Vec<_>>(), foretold, "five at a time");
    }
}

#[test]
fn a_client_that_lost_patience_and_asks_again_meets_another_attempt() {
    let delay = Some((Duration::from_millis(1), Duration::from_secs(60)));
    let config = Config { delay, error_rate: 0.0, ..Config::local() };
    let waits = |attempt| outcome(&config, "BR".parse().unwrap(), 1, attempt).delay;
    let server = TestServer::start(config.clone());
    let quick = (1..).find(|&attempt| waits(attempt) < Duration::from_millis(500)).unwrap();
    for attempt in 0..=quick {
        let mut client = server.connect();
        client.send("GET /flags/br/br.gif HTTP/1.1\r\nHost: test\r\n\r\n");
        if attempt == quick {
            assert_eq!(client.reply().status, 200);
        }
        wait_until("it has arrived", || server.stats().requests == u64::from(attempt) + 1);
    }
}

#[test]
fn copies_and_metadata_have_attempts_of_their_own() {
    let server = TestServer::start(instant());
    let mut client = server.connect();
    let br: Code = "BR".parse().unwrap();
    for attempt in 0..10 {
        for copy in 1..10 {
            let status = client.get(&format!("/flags/br/br.gif?copy={copy}")).status;
            assert_eq!(status, expected(&instant(), br, copy, attempt), "{copy}, {attempt}");
        }
        let status = client.get("/flags/br/metadata.json").status;
        assert_eq!(status, expected(&instant(), br, METADATA, attempt));
    }
}

#[test]
fn no_copy_is_the_first_and_other_queries_are_as_good_as_none() {
    let server = TestServer::start(instant());
    let mut client = server.connect();
    let br: Code = "BR".parse().unwrap();
    let queries = ["", "?", "?copy=1", "?x=1", "?x=1&copy=1", "?copies=5", "?&&"];
    for (attempt, query) in (0..).zip(queries) {
        let status = client.get(&format!("/flags/br/br.gif{query}")).status;
        assert_eq!(status, expected(&instant(), br, 1, attempt), "{query}");
    }
}

#[test]
fn no_answer_comes_before_its_delay_whatever_its_status() {
    let server = TestServer::start(quick());
    let mut client = server.connect();
    let mut statuses = vec![];
    for code in Code::all().take(60) {
        let start = Instant::now();
        statuses.push(client.get(&path(code)).status);
        let foretold = outcome(&quick(), code, 1, 0).delay;
        assert!(start.elapsed() >= foretold, "{code}: {:?} of {foretold:?}", start.elapsed());
    }
    for status in [200, 404, 418] {
        assert!(statuses.contains(&status), "{statuses:?}");
    }
}

#[test]
fn requests_wait_side_by_side_and_the_peak_tells() {
    let wait = Duration::from_millis(300);
    let server = TestServer::start(Config { delay: Some((wait, wait)), ..Config::local() });
    let mut clients: Vec<_> = iter::repeat_with(|| server.connect()).take(50).collect();
    for client in &mut clients {
        client.send("GET /flags/br/br.gif HTTP/1.1\r\nHost: test\r\n\r\n");
    }
    wait_until("all 50 are in flight", || server.stats().peak_in_flight == 50);
    assert!(clients.iter_mut().all(|client| client.reply().status == 200));
    assert_eq!(server.stats().in_flight, 0);
}

#[test]
fn a_client_that_goes_away_is_no_longer_waited_for() {
    let wait = Duration::from_secs(3600);
    let server = TestServer::start(Config { delay: Some((wait, wait)), ..Config::local() });
    let mut client = server.connect();
    client.send("GET /flags/br/br.gif HTTP/1.1\r\nHost: test\r\n\r\n");
    wait_until("it is in flight", || server.stats().in_flight == 1);
    drop(client);
    wait_until("it is not", || server.stats().in_flight == 0);
    let stats = server.stop();
    assert_eq!((stats.requests, stats.responses_by_status.len()), (1, 0));
}

#[test]
fn clients_that_ask_at_the_same_time_share_one_count_of_attempts() {
    let server = TestServer::start(instant());
    let br: Code = "BR".parse().unwrap();
    // All are there before any leaves.
    let mut clients = [(); 4].map(|()| server.connect());
    let first = clients.each_mut().map(|client| client.get(&path(br)).status);
    let answers = thread::scope(|scope| {
        let ask = |client: &mut Client| iter::repeat_with(|| client.get(&path(br)).status).take(9).collect::<Vec<_>>();
        let threads: Vec<_> = clients.iter_mut().map(|client| scope.spawn(move || ask(client))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).chain(first).collect::<Vec<_>>()
    });
    let errors = answers.iter().filter(|status| **status == 418).count();
    let foretold = (0..40).filter(|&attempt| outcome(&instant(), br, 1, attempt).error).count();
    assert_eq!(errors, foretold);
}
