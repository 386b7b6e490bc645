//! Trying again, where that may help.

use std::io;

use faults::{After, RawServer, Visit};

use crate::{program::Program, verify::number};

/// A server that fails the first requests for BR in this way, and is good otherwise.
fn failing(first: usize, fail: impl Fn(&mut Visit) -> io::Result<After> + Send + Sync + 'static) -> RawServer {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    RawServer::start(move |visit| {
        let is_failed = visit.code() == "BR" && asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < first;
        if is_failed { fail(visit) } else { visit.well() }
    })
}

pub fn what_may_pass_is_tried_again_and_counted_apart(program: &Program) {
    for status in ["500 Oh", "503 Busy", "429 Slow Down", "408 Request Timeout"] {
        let server = failing(2, move |visit| visit.answer(status, "", b""));
        let told = program.flags(&server.base(), "br cn --retries 2").told().counts(2, 0, 0).ends_with(0);
        assert_eq!(["BR", "CN"].map(|code| number(&told.row(code)["attempts"])), [3, 1], "{status}");
        assert_eq!(told.count("attempts"), 4);
    }
}

pub fn a_lost_answer_is_asked_for_again(program: &Program) {
    let server = failing(1, |visit| {
        visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nGIF")?;
        Ok(After::Close)
    });
    program.flags(&server.base(), "br cn --retries 1").told().counts(2, 0, 0).ends_with(0);
    let server = failing(1, |visit| visit.hang());
    program.flags(&server.base(), "br cn --retries 1 --timeout 1").told().counts(2, 0, 0).ends_with(0);
}

pub fn without_retries_nothing_is_tried_again(program: &Program) {
    let server = failing(1, |visit| visit.answer("503 Busy", "Retry-After: 0\r\n", b""));
    let told = program.flags(&server.base(), "br cn").told().counts(1, 0, 1).ends_with(1);
    assert_eq!(told.ending("BR"), "HTTP 503");
}

pub fn retries_end(program: &Program) {
    let server = failing(usize::MAX, |visit| visit.answer("503 Busy", "", b""));
    let told = program.flags(&server.base(), "br cn --retries 1").told().counts(1, 0, 1).ends_with(1);
    assert_eq!(number(&told.row("BR")["attempts"]), 2);
}

pub fn a_server_that_is_down_for_a_moment_is_asked_again(program: &Program) {
    let told = program.flags("http://127.0.0.1:9/flags", "br --retries 1").told().counts(0, 0, 1).ends_with(3);
    assert_eq!((told.ending("BR").as_str(), number(&told.row("BR")["attempts"])), ("refused", 2));
    let server = failing(usize::MAX, |visit| visit.redirect("http://nonexistent.invalid/br.gif"));
    let told = program.flags(&server.base(), "br cn --retries 1").told().counts(1, 0, 1).ends_with(1);
    assert_eq!((told.ending("BR").as_str(), number(&told.row("BR")["attempts"])), ("DNS", 2));
}

pub fn retries_of_many_do_not_come_at_once(program: &Program) {
    let server = RawServer::start(|visit| match visit.head.contains("/flags") && visit.nth < 20 {
        true => visit.answer("503 Busy", "", b""),
        false => visit.well(),
    });
    let told = program.flags(&server.base(), "-m 20 --retries 1").told();
    let mut waits: Vec<_> = told.rows().iter().map(|row| number(&row["phases"]["wait_us"]) / 10_000).collect();
    waits.sort_unstable();
    waits.dedup();
    assert!(waits.len() > 4, "waits of {waits:?} times 10 ms");
}

pub fn what_will_not_pass_is_not_tried_again(program: &Program) {
    let server = failing(usize::MAX, |visit| visit.answer("418 I'm a teapot", "", b""));
    let told = program.flags(&server.base(), "br cn --retries 3").told().counts(1, 0, 1);
    assert_eq!(number(&told.row("BR")["attempts"]), 1);
    let server = failing(usize::MAX, |visit| visit.answer("200 OK", "", b"<html>"));
    let told = program.flags(&server.base(), "br cn --retries 3").told().counts(1, 0, 1);
    assert_eq!(number(&told.row("BR")["attempts"]), 1);
}

pub fn retry_after_is_a_floor(program: &Program) {
    let server = failing(1, |visit| visit.answer("503 Busy", "Retry-After: 2\r\n", b""));
    let told = program.flags(&server.base(), "br cn --retries 1").told().counts(2, 0, 0);
    let waited = number(&told.row("BR")["phases"]["wait_us"]);
    // The waits that we choose ourselves are half a second at most the first time.
    assert!((2_000_000..30_000_000).contains(&waited), "waited {waited} µs");
}

pub fn the_report_counts_retries(program: &Program) {
    let server = failing(1, |visit| visit.answer("503 Busy", "", b""));
    let ended = program.flags(&server.base(), "br cn --retries 3").end().ends_with(0);
    assert!(ended.stdout.contains("  2 flags downloaded.\n  1 retry.\n"), "{}", ended.stdout);
}
