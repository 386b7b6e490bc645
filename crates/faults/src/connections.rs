//! Servers that are silent, slow, or gone.

use std::{thread, time::Duration};

use crate::{After, Fault};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nGIF89a";

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("never_answers", "reads the request and says nothing", |visit| visit.hang()),
    Fault::new("never_ends_its_head", "stops in the middle of the head", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nContent-")?;
        visit.hang()
    }),
    Fault::new("drips_its_head", "sends the head a byte every 50 ms", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nX-Drip: ")?;
        visit.drip(b"x", Duration::from_millis(50))
    }),
    Fault::new("never_begins_its_body", "sends the head alone", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")?;
        visit.hang()
    }),
    Fault::new("never_ends_its_body", "stops after the first 6 bytes of the body", |visit| {
        visit.write(OK)?;
        visit.hang()
    }),
    Fault::new("drips_its_body", "sends the body a byte every 50 ms", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nGIF89a")?;
        visit.drip(b"x", Duration::from_millis(50))
    }),
    Fault::new("drips_its_chunks", "sends chunks of one byte, one every 50 ms", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        visit.drip(b"1\r\nx\r\n", Duration::from_millis(50))
    }),
    Fault::new("is_slow_but_in_time", "waits 100 ms before the head, before the body and within it", |visit| {
        let (first, second) = visit.gif().split_at(100);
        thread::sleep(Duration::from_millis(100));
        visit.write(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", first.len() + second.len()))?;
        thread::sleep(Duration::from_millis(100));
        visit.write(first)?;
        thread::sleep(Duration::from_millis(100));
        visit.write(second)?;
        Ok(After::Keep)
    }),
    Fault::new("closes_without_an_answer", "closes the connection when it has read the request", |_| Ok(After::Close)),
    Fault::new("closes_within_its_head", "closes in the middle of the head", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nContent-")?;
        Ok(After::Close)
    }),
    Fault::new("closes_within_its_body", "closes after 6 of the 100 bytes it announced", |visit| {
        visit.write(OK)?;
        Ok(After::Close)
    }),
    Fault::new("resets_without_an_answer", "resets the connection when it has read the request", |visit| visit.reset()),
    Fault::new("resets_within_its_head", "resets in the middle of the head", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nContent-")?;
        thread::sleep(Duration::from_millis(50));
        visit.reset()
    }),
    Fault::new("resets_within_its_body", "resets after 6 of the 100 bytes it announced", |visit| {
        visit.write(OK)?;
        thread::sleep(Duration::from_millis(50));
        visit.reset()
    }),
    Fault::new("closes_after_each_answer_without_a_word", "answers well, and closes without having said so", |visit| {
        visit.well()?;
        Ok(After::Close)
    }),
    Fault::new(
        "resets_after_each_answer_without_a_word",
        "answers well, and resets the connection 20 ms later",
        |visit| {
            visit.well()?;
            thread::sleep(Duration::from_millis(20));
            visit.reset()
        },
    ),
    Fault::new(
        "closes_when_a_connection_is_used_again",
        "answers the first request well, and closes at the second",
        |visit| match visit.nth_on_connection {
            0 => visit.well(),
            _ => Ok(After::Close),
        },
    ),
    Fault::new(
        "resets_when_a_connection_is_used_again",
        "answers the first request well, and resets at the second",
        |visit| match visit.nth_on_connection {
            0 => visit.well(),
            _ => visit.reset(),
        },
    ),
    Fault::new("closes_and_says_so", "answers well with Connection: close", |visit| {
        visit.answer("200 OK", "Connection: close\r\n", visit.gif())?;
        Ok(After::Close)
    }),
];
