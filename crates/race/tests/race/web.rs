//! The page's server, over HTTP: who is let in, and what a race tells.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::stand_in::{Page, StandIns, TASKS, is_gone, names, within_ten_seconds};

/// Sends one request, with these lines of its head; the answer until its connection ends or, of one that goes on, its head.
struct Asked(BufReader<TcpStream>);

fn ask(page: &Page, method: &str, path: &str, head: &str) -> Asked {
    let host = page.origin().replace("http://", "");
    let mut stream = TcpStream::connect(&host).unwrap();
    let host = if head.contains("Host:") { String::new() } else { format!("Host: {host}\r\n") };
    write!(stream, "{method} {path} HTTP/1.1\r\n{host}{head}Connection: close\r\n\r\n").unwrap();
    Asked(BufReader::new(stream))
}

impl Asked {
    /// The status, and the head in lower case.
    fn head(&mut self) -> (u16, String) {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") && self.0.read_line(&mut head).unwrap() > 0 {}
        let head = head.to_lowercase();
        (head.split(' ').nth(1).unwrap_or_default().parse().unwrap_or(0), head)
    }

    /// The status.
    fn status(mut self) -> u16 {
        self.head().0
    }

    /// What a race tells, until it is over.
    fn told(mut self) -> Vec<Value> {
        assert_eq!(self.head().0, 200);
        let lines = self.0.lines().map_while(Result::ok);
        lines.filter_map(|line| line.strip_prefix("data: ").map(|data| serde_json::from_str(data).unwrap())).collect()
    }
}

/// Starts a race as the page does.
fn race(page: &Page, query: &str) -> Asked {
    ask(page, "POST", &format!("{}race?{query}", path(page)), &format!("Origin: {}\r\n", page.origin()))
}

fn path(page: &Page) -> String {
    page.base().replace(&page.origin(), "")
}

#[test]
fn only_who_knows_the_token_is_let_in_and_each_time_it_is_another() {
    let stand_ins = StandIns::new();
    let (one, other) = (stand_ins.page(""), stand_ins.page(""));
    assert_ne!(path(&one), path(&other));
    assert_eq!(path(&one).len(), 34, "128 random bits");
    let get = |path: &str| ask(&one, "GET", path, "").status();
    assert_eq!(get(&path(&one)), 200);
    for wrong in ["/", "/page.js", &path(&other), &path(&one).to_uppercase().replace("/", "/x"), "/../"] {
        assert_eq!(get(wrong), 404, "{wrong}");
    }
}

#[test]
fn a_page_elsewhere_can_start_nothing() {
    let stand_ins = StandIns::new();
    let page = stand_ins.page("");
    let port = page.origin().rsplit(':').next().unwrap().to_owned();
    let ours = format!("Origin: {}\r\n", page.origin());
    for (head, status) in [
        (String::new(), 403),
        ("Origin: null\r\n".into(), 403),
        ("Origin: http://example.com\r\n".into(), 403),
        (format!("Origin: http://localhost:{port}\r\n"), 403),
        (format!("{ours}{ours}"), 403),
        (format!("{ours}Sec-Fetch-Site: cross-site\r\n"), 403),
        (format!("Host: example.com:{port}\r\nOrigin: http://example.com:{port}\r\n"), 421),
        (format!("Host: localhost:{port}\r\n{ours}"), 421),
    ] {
        assert_eq!(ask(&page, "POST", &format!("{}race", path(&page)), &head).status(), status, "{head}");
    }
    assert_eq!(ask(&page, "GET", &path(&page), "Sec-Fetch-Site: cross-site\r\n").status(), 403);
    assert_eq!(ask(&page, "GET", &format!("{}race", path(&page)), &ours).status(), 405, "to look starts nothing");
    assert!(names().into_iter().all(|name| stand_ins.notes(name).is_empty()), "something was started");
}

#[test]
fn the_page_is_made_of_our_own_files_alone() {
    let stand_ins = StandIns::new();
    let page = stand_ins.page("");
    for (file, kind) in [
        ("", "text/html"),
        ("page.js", "text/javascript"),
        ("replay.js", "text/javascript"),
        ("page.css", "text/css"),
        ("about.json", "application/json"),
        ("flags/BR.gif", "image/gif"),
    ] {
        let (status, head) = ask(&page, "GET", &(path(&page) + file), "").head();
        assert!(status == 200 && head.contains(&format!("content-type: {kind}")), "{file}: {head}");
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self';",
            "frame-ancestors 'none'",
            "nosniff",
            "no-referrer",
        ] {
            assert!(head.contains(header), "{file}: {header}: {head}");
        }
    }
    assert_eq!(ask(&page, "GET", &(path(&page) + "flags/XX.gif"), "").status(), 404);
}

#[test]
fn a_race_tells_each_start_and_end_of_each_strategy_and_then_the_result() {
    let stand_ins = StandIns::new();
    let page = stand_ins.page("");
    let told = race(&page, "flags=4&delay=0.1..1").told();
    let of = |event: &str| told.iter().filter(|told| told["event"] == event).collect::<Vec<_>>();
    assert_eq!(told[0]["panes"].as_array().unwrap().len(), names().len());
    for pane in 0..names().len() {
        let mine = |event: &str| of(event).into_iter().filter(|told| told["pane"] == pane).collect::<Vec<_>>();
        assert_eq!(mine("begin").len(), TASKS.len());
        let tasks: Vec<_> = mine("task").iter().map(|told| told["task"]["label"].as_str().unwrap()).collect();
        assert_eq!(tasks, TASKS.map(|(task, ..)| task));
        assert_eq!(mine("task")[2]["task"]["class"], "HTTP 418");
        assert_eq!(mine("end")[0]["counts"]["errors"], 1);
    }
    let [result] = of("result").try_into().unwrap();
    assert_eq!(result["places"][names().len() - 1]["name"], "sequential");
    assert!(told.iter().all(|told| told["round"].is_null() || told["round"] == 1));
    assert!(result["words"][0].as_str().unwrap().starts_with("A tie: "), "{result}");
}

#[test]
fn of_several_rounds_the_first_is_shown_and_the_others_are_counted() {
    let stand_ins = StandIns::new();
    let page = stand_ins.page("");
    let told = race(&page, "rounds=2&only=sequential&only=thread-pool").told();
    let count = |event: &str| told.iter().filter(|told| told["event"] == event).count();
    assert_eq!(["run", "begin", "task", "end", "result"].map(count), [4, 8, 8, 4, 1]);
}

#[test]
fn what_is_asked_for_is_bounded_as_the_command_line_is() {
    let stand_ins = StandIns::new();
    let page = stand_ins.page("");
    for query in
        ["flags=195", "delay=0..11", "max_req=1001", "rounds=99", "only=sh", "bin=/tmp", "web", "flags=1%20--bin=/"]
    {
        assert_eq!(race(&page, query).status(), 400, "{query}");
    }
    assert!(names().into_iter().all(|name| stand_ins.notes(name).is_empty()), "something was started");
}

#[test]
fn one_race_at_a_time_and_it_ends_with_the_connection_of_who_started_it() {
    let stand_ins = StandIns::new();
    stand_ins.hang("sequential");
    let page = stand_ins.page("");
    let mut first = race(&page, "");
    assert_eq!(first.head().0, 200);
    let processes = [stand_ins.process("flag-server"), stand_ins.process("sequential")];
    assert_eq!(race(&page, "").status(), 409);
    drop(first);
    assert!(
        within_ten_seconds(|| processes.iter().all(|process| is_gone(process))),
        "the page is closed, and they go on"
    );
    // Its turn is given back.
    assert!(within_ten_seconds(|| race(&page, "only=thread-pool").status() == 200));
}

#[test]
fn however_the_server_is_ended_no_process_stays() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
        let stand_ins = StandIns::new();
        stand_ins.hang("sequential");
        let mut page = stand_ins.page("");
        let _open = race(&page, "");
        let processes = [stand_ins.process("flag-server"), stand_ins.process("sequential")];
        page.signal(signal);
        let status = page.child.wait().unwrap().code();
        assert_eq!(status, (signal != Signal::SIGKILL).then_some(0), "{signal}");
        assert!(within_ten_seconds(|| processes.iter().all(|process| is_gone(process))), "{signal}: {processes:?}");
    }
}
