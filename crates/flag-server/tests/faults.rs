//! The FAULT site: faults by name, and at random.

mod helper;

use faults::Limits;
use flag_server::{Config, listen, random_fault, serve_faults};
use helper::{Client, DEADLINE, wait_until};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A site with these limits.
fn site_within(limits: Limits) -> SocketAddr {
    let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    serve_faults(listener, Config::fault(), limits).unwrap();
    address
}

fn site() -> SocketAddr {
    site_within(Limits::default())
}

/// Asks for a page; what comes as text.
fn page(site: SocketAddr, path: &str) -> (u16, String) {
    let reply = Client::connect(site).get(path);
    (reply.status, String::from_utf8(reply.body).unwrap())
}

fn stats(site: SocketAddr) -> Value {
    serde_json::from_str(&page(site, "/stats").1).unwrap()
}

/// A client that has asked for Brazil's flag under the name of a fault.
fn asking(site: SocketAddr, fault: &str) -> Client {
    let mut client = Client::connect(site);
    client.send(format!("GET /faults/{fault}/flags/br/br.gif HTTP/1.1\r\nHost: test\r\n\r\n"));
    client
}

#[test]
fn the_list_has_a_line_for_every_fault() {
    let site = site();
    for path in ["/", "/faults", "/faults/", "/faults/random/flags", "/faults/drips_its_body/flags/"] {
        let (status, list) = page(site, path);
        assert_eq!(status, 200);
        for name in faults::all().map(|fault| fault.name).chain(["random"]) {
            let lines = list.lines().filter(|line| line.split(' ').next() == Some(name));
            let lines: Vec<_> = lines.map(|line| line.split_once(' ').unwrap().1.trim()).collect();
            assert!(lines.len() == 1 && lines[0].len() > 10, "{name}: {lines:?}");
        }
    }
}

#[test]
fn a_name_stands_for_its_fault() {
    let site = site();
    assert_eq!(asking(site, "answers_418").reply().status, 418);
    assert_eq!(asking(site, "closes_without_an_answer").rest(), b"");
    assert!(asking(site, "speaks_something_else").rest().starts_with(b"220 mail.example"));
    let mut client = asking(site, "is_slow_but_in_time");
    assert_eq!(client.reply().body, flag_images::find("BR").unwrap().gif);
    assert_eq!(client.get("/faults/sends_a_png/flags/br/br.gif").body[1..4], *b"PNG", "on the same connection");
}

#[test]
fn a_redirect_leads_to_pages_of_the_same_fault() {
    let site = site();
    for (fault, redirects) in [("redirects_ten_times", 10), ("redirects_for_good", 1)] {
        let mut client = Client::connect(site);
        let mut path = format!("/faults/{fault}/flags/br/br.gif?copy=2");
        for _ in 0..redirects {
            // The head is in lower case; a code is one in either.
            let reply = client.get(&path);
            assert!([302, 308].contains(&reply.status), "{path}: {reply:?}");
            path = reply.header("location").unwrap().to_owned();
            assert!(path.starts_with(&format!("/faults/{fault}/")), "{path}");
        }
        assert_eq!(client.get(&path).body, flag_images::find("BR").unwrap().gif);
    }
}

#[test]
fn a_head_has_the_length_of_the_get_and_no_body() {
    let site = site();
    for path in [
        "/",
        "/faults/",
        "/stats",
        "/nothing",
        "/faults/nonsense/flags/br/br.gif",
        "/faults/answers_418/flags/br/br.gif",
    ] {
        let mut client = Client::connect(site);
        client.send(format!("HEAD {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"));
        let head = client.reply_to("HEAD");
        assert_eq!(client.rest(), b"", "{path}");
        let get = Client::connect(site).get(path);
        assert_eq!((head.status, head.header("content-length")), (get.status, get.header("content-length")), "{path}");
        assert!(!get.body.is_empty(), "{path}");
    }
}

#[test]
fn no_fault_has_a_body_for_a_head() {
    let site = site_within(Limits { play: Duration::from_millis(500), ..Limits::default() });
    let ask = |fault: &faults::Fault| {
        let mut client = Client::connect(site);
        let name = fault.name;
        client.send(format!("HEAD /faults/{name}/flags/br/br.gif HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"));
        client
    };
    let asked: Vec<_> = faults::all().map(|fault| (fault.name, ask(fault))).collect();
    for (name, mut client) in asked {
        let answer = String::from_utf8_lossy(&client.rest()).into_owned();
        // Some answer with what is no HTTP, and the head of some does not end.
        let heads: Vec<_> = answer.split_inclusive("\r\n\r\n").filter(|_| answer.starts_with("HTTP/")).collect();
        let last = heads.iter().position(|head| !head.starts_with("HTTP/1.1 1")).unwrap_or(heads.len());
        assert!(last + 1 >= heads.len(), "{name}: {} bytes behind the head", heads[last + 1..].concat().len());
    }
}

#[test]
fn a_head_that_is_answered_leaves_the_connection_to_the_next_request() {
    let site = site();
    let mut client = Client::connect(site);
    for fault in ["never_ends_its_body", "answers_418", "announces_a_body_over_the_limit"] {
        assert!(client.request("HEAD", &format!("/faults/{fault}/flags/br/br.gif")).header("content-length").is_some());
    }
    assert_eq!(client.get("/faults/answers_418/flags/br/br.gif").status, 418);
}

#[test]
fn what_is_not_there_is_a_404_that_says_where_the_list_is() {
    let site = site();
    for path in [
        "/faults/nonsense/flags/br/br.gif",
        "/faults/nonsense",
        "/faults/nonsense/flags",
        "/faults/random/flags/flag",
        "/faults/random/elsewhere",
        "/faults/random/elsewhere/flags",
        "/faults/random/flags/br/cn.gif",
        "/faults/random/elsewhere/br.gif",
        "/faults/answers_418/flags/zz/zz.gif",
        "/faults/answers_418/flags/br/metadata.json",
        "/flags/br/br.gif",
        "/faults/../stats",
    ] {
        let (status, text) = page(site, path);
        assert_eq!(status, 404, "{path}");
        assert!(text.contains(&format!("http://{site}/faults/")), "{text}");
    }
    let reply = Client::connect(site).request("POST", "/faults/answers_418/flags/br/br.gif");
    assert_eq!(reply.status, 405);
}

/// Asks for every flag once at `/faults/random`, and returns what the site says that it played.
fn all_flags_at_random(site: SocketAddr) -> Value {
    let before = stats(site);
    // Who leaves without having read ends what would never end.
    for flag in flag_images::all() {
        let cc = flag.code.to_lowercase();
        Client::connect(site).send(format!("GET /faults/random/flags/{cc}/{cc}.gif HTTP/1.1\r\nHost: test\r\n\r\n"));
    }
    let count = |stats: &Value| {
        let faults = stats["faults"].as_object().unwrap().values();
        faults.chain([&stats["good"]]).map(|count| count.as_u64().unwrap()).sum::<u64>()
    };
    let end = count(&before) + flag_images::all().len() as u64;
    wait_until("all requests are dealt with", || count(&stats(site)) == end);
    stats(site)
}

/// What the site has to say after that number of requests for every flag.
fn foretold(seed: u64, attempts: u32) -> Value {
    let config = Config { seed, ..Config::fault() };
    let (mut good, mut faults) = (0, BTreeMap::<_, u64>::new());
    for attempt in 0..attempts {
        for flag in flag_images::all() {
            match random_fault(&config, flag.code.parse().unwrap(), 1, attempt) {
                Some(fault) => *faults.entry(fault.name).or_default() += 1,
                None => good += 1,
            }
        }
    }
    json!({ "good": good, "faults": faults })
}

#[test]
fn random_faults_are_those_that_seed_code_and_attempt_foretell() {
    let site = site();
    assert_eq!(all_flags_at_random(site), foretold(20, 1));
    let reset = |query| Client::connect(site).request("POST", &format!("/reset{query}")).status;
    assert_eq!(reset(""), 200);
    assert_eq!(stats(site), foretold(20, 0));
    assert_eq!(all_flags_at_random(site), foretold(20, 1));
    assert_eq!([reset("?seed=x"), reset("?sed=7"), reset("?seed=7")], [400, 400, 200]);
    assert_eq!(all_flags_at_random(site), foretold(7, 1));
}

#[test]
fn a_program_that_starts_over_meets_the_same_faults_without_a_reset() {
    let site = site();
    let config = Config::fault();
    let meets_fault = |cc: &str, attempt| random_fault(&config, cc.parse().unwrap(), 1, attempt).is_some();
    let codes = flag_images::all().iter().map(|flag| flag.code);
    let (bad, good): (Vec<_>, Vec<_>) = codes.partition(|code| meets_fault(code, 0));
    // The first that fails, and is tried again, and one that is well.
    let tried_again = bad.into_iter().find(|code| !meets_fault(code, 1)).unwrap();
    let played = |code: &str| {
        let before = stats(site);
        let cc = code.to_lowercase();
        let mut client = Client::connect(site);
        client.send(format!("GET /faults/random/flags/{cc}/{cc}.gif HTTP/1.1\r\nHost: test\r\n\r\n"));
        wait_until("it is dealt with", || stats(site) != before);
        let is_good = stats(site)["good"] != before["good"];
        if is_good {
            client.reply();
        }
        !is_good
    };
    for run in 0..3 {
        assert_eq!([good[0], tried_again, tried_again].map(played), [false, true, false], "run {run}");
    }
}

/// Reads until the server has closed or reset the connection.
fn wait_for_the_end(mut client: Client) {
    let start = Instant::now();
    while matches!(client.socket().read(&mut [0; 65_536]), Ok(1..)) {
        assert!(start.elapsed() < DEADLINE, "it goes on");
    }
    assert!(start.elapsed() < DEADLINE, "it does not end");
}

#[test]
fn what_never_ends_has_an_end_all_the_same() {
    let site = site_within(Limits { play: Duration::from_millis(200), ..Limits::default() });
    let endless = [
        "never_answers",
        "drips_its_body",
        "sends_a_body_without_end",
        "answers_404_without_end",
        "has_200000_headers",
    ];
    endless.map(|fault| asking(site, fault)).into_iter().for_each(wait_for_the_end);
    // A client that reads nothing keeps the only place no longer than the others do.
    let site = site_within(Limits { connections: 1, play: Duration::from_millis(200), ..Limits::default() });
    let _deaf = asking(site, "sends_a_body_without_end");
    assert_eq!(asking(site, "answers_418").reply().status, 418);
}

#[test]
fn who_takes_too_long_to_ask_is_let_go() {
    let brief = Duration::from_millis(100);
    let site = site_within(Limits { head: brief, idle: brief, ..Limits::default() });
    assert_eq!(Client::connect(site).rest(), b"");
    let mut silent = Client::connect(site);
    silent.send("GET / HTTP/1.1\r\nHost:");
    assert_eq!(silent.rest(), b"");
}

#[test]
fn a_head_has_no_more_than_16_kib() {
    let forever = Duration::from_secs(3_600);
    let site = site_within(Limits { head: forever, idle: forever, ..Limits::default() });
    let mut endless = Client::connect(site);
    endless.send(format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(17_000)));
    assert_eq!(endless.rest(), b"");
}

#[test]
fn no_more_are_served_at_a_time_than_there_are_places() {
    let site = site_within(Limits { connections: 2, ..Limits::default() });
    let stuck = [asking(site, "never_answers"), asking(site, "never_answers")];
    let mut next = asking(site, "answers_418");
    next.socket().set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let early = next.socket().read(&mut [0]);
    assert!(early.is_err(), "it has to wait: {early:?}");
    drop(stuck);
    next.socket().set_read_timeout(Some(DEADLINE)).unwrap();
    assert_eq!(next.reply().status, 418);
}
