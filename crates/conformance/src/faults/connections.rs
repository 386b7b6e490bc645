//! Servers that are silent, slow, or gone.

use std::{thread, time::Duration};

use super::Fault;
use crate::raw_server::After;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nGIF89a";

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("never_answers", "timeout (first byte)", |visit| visit.hang()).with("--timeout 1"),
    Fault::new("never_ends_its_head", "timeout (first byte)", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nContent-")?;
        visit.hang()
    })
    .with("--timeout 1"),
    Fault::new("drips_its_head", "timeout (first byte)", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nX-Drip: ")?;
        visit.drip(b"x", Duration::from_millis(50))
    })
    .with("--timeout 1"),
    Fault::new("never_begins_its_body", "timeout (body)", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")?;
        visit.hang()
    })
    .with("--timeout 1"),
    Fault::new("never_ends_its_body", "timeout (body)", |visit| {
        visit.write(OK)?;
        visit.hang()
    })
    .with("--timeout 1"),
    Fault::new("drips_its_body", "timeout (body)", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nGIF89a")?;
        visit.drip(b"x", Duration::from_millis(50))
    })
    .with("--timeout 1"),
    Fault::new("drips_its_chunks", "timeout (body)", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        visit.drip(b"1\r\nx\r\n", Duration::from_millis(50))
    })
    .with("--timeout 1"),
    Fault::new("is_slow_but_in_time", "ok", |visit| {
        let (first, second) = visit.gif().split_at(100);
        thread::sleep(Duration::from_millis(100));
        visit.write(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", first.len() + second.len()))?;
        thread::sleep(Duration::from_millis(100));
        visit.write(first)?;
        thread::sleep(Duration::from_millis(100));
        visit.write(second)?;
        Ok(After::Keep)
    }),
    Fault::new("closes_without_an_answer", "closed", |_| Ok(After::Close)),
    Fault::new("closes_within_its_head", "closed", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nContent-")?;
        Ok(After::Close)
    }),
    Fault::new("closes_within_its_body", "truncated", |visit| {
        visit.write(OK)?;
        Ok(After::Close)
    }),
    Fault::new("resets_without_an_answer", "reset", |visit| visit.reset()),
    Fault::new("resets_within_its_head", "reset", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nContent-")?;
        thread::sleep(Duration::from_millis(50));
        visit.reset()
    }),
    Fault::new("resets_within_its_body", "truncated", |visit| {
        visit.write(OK)?;
        thread::sleep(Duration::from_millis(50));
        visit.reset()
    }),
    Fault::new("closes_after_each_answer_without_a_word", "ok", |visit| {
        visit.well()?;
        Ok(After::Close)
    }),
    Fault::new("resets_after_each_answer_without_a_word", "ok", |visit| {
        visit.well()?;
        thread::sleep(Duration::from_millis(20));
        visit.reset()
    }),
    Fault::new("closes_when_a_connection_is_used_again", "ok", |visit| match visit.nth_on_connection {
        0 => visit.well(),
        _ => Ok(After::Close),
    }),
    Fault::new("resets_when_a_connection_is_used_again", "ok", |visit| match visit.nth_on_connection {
        0 => visit.well(),
        _ => visit.reset(),
    }),
    Fault::new("closes_and_says_so", "ok", |visit| {
        visit.answer("200 OK", "Connection: close\r\n", visit.gif())?;
        Ok(After::Close)
    }),
];
