//! What the two HTTP clients would do each in a way of its own, beyond a single answer, which is `faults`.

use std::{
    io::{self, Write},
    net::{Shutdown, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use faults::{After, RawServer};

use crate::{program::Program, verify::Told};

const BUSY: &[u8] = b"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// A run against a server that has answered each connection before there was a request on it.
fn answered_before(program: &Program, args: &str, answer: &'static [u8]) -> Told {
    let greet = move |mut stream: TcpStream| -> io::Result<TcpStream> {
        stream.write_all(answer)?;
        stream.shutdown(Shutdown::Write)?;
        Ok(stream)
    };
    let server = RawServer::start_within(greet, |_| Ok(After::Close));
    program.flags(&server.base(), args).told()
}

pub fn an_error_that_is_there_before_the_request_is_its_answer(program: &Program) {
    let told = answered_before(program, "-m 4", BUSY).counts(0, 0, 20).ends_with(1);
    assert_eq!(told.json["errors"]["HTTP 503"], 20, "{}", told.json["errors"]);
}

pub fn a_url_that_is_too_long_is_refused_wherever_it_comes_from(program: &Program) {
    let long = "x".repeat(8_000);
    let server = RawServer::start({
        let long = long.clone();
        move |visit| match visit.code().as_str() {
            "BR" => visit.redirect(&format!("/{long}/br.gif")),
            _ => visit.well(),
        }
    });
    let told = program.flags(&server.base(), "br cn").told().counts(1, 0, 1).ends_with(1);
    assert_eq!(told.ending("BR"), "too large");
    assert_eq!(server.requests(), 2, "it was asked for");
    let ended = program.flags(&format!("{}?{long}", server.base()), "br cn").end().ends_with(2);
    assert!(ended.stderr.contains("at most 7900 bytes") && server.requests() == 2, "{}", ended.stderr);
}

pub fn credentials_are_sent_as_they_are_meant(program: &Program) {
    for (user, expected) in [
        // The example of RFC 7617.
        ("Aladdin:open%20sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("a=b;c:d@e", "YT1iO2M6ZEBl"),
        ("a%3Db%3Bc:d%40e", "YT1iO2M6ZEBl"),
    ] {
        let header = format!("\r\nauthorization: basic {}\r\n", expected.to_ascii_lowercase());
        let is_right = move |head: &str| head.to_ascii_lowercase().contains(&header);
        let protected = RawServer::start(move |visit| match is_right(&visit.head) {
            true => visit.well(),
            false => visit.answer("401 Unauthorized", "WWW-Authenticate: Basic realm=x\r\n", b""),
        });
        let base = format!("http://{user}@{}/flags", protected.address);
        program.flags(&base, "br cn").told().counts(2, 0, 0).ends_with(0);
        let front = RawServer::start(move |visit| visit.redirect(&format!("{base}/{}.gif", visit.code())));
        program.flags(&front.base(), "br cn").told().counts(2, 0, 0).ends_with(0);
    }
}

pub fn a_body_over_the_limit_costs_no_other_flag(program: &Program) {
    let shown = Arc::new(AtomicBool::new(false));
    let was_shown = shown.clone();
    let server = RawServer::start(move |visit| {
        if visit.nth % 4 != 1 {
            return visit.well();
        }
        was_shown.store(true, Ordering::Relaxed);
        // All of it is there at once, its end too; then the server leaves.
        let body = format!("5000\r\n{}\r\n0\r\n\r\n", "x".repeat(0x5000));
        visit.write(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}"))?;
        Ok(After::Close)
    });
    let told = program.flags(&server.base(), "-a -m 3 --max-bytes 20000").told().ends_with(1);
    let errors = told.json["errors"].as_object().expect("the schema says so");
    assert!(shown.load(Ordering::Relaxed) && errors.keys().eq(["too large"]), "{errors:?}");
}
