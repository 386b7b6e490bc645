//! Statuses that are no success, and successes that are none.

use crate::{After, Fault};

const HTML: &[u8] = b"<!DOCTYPE html><title>Sign in</title><p>Welcome to the hotel. Please sign in.";

macro_rules! status {
    ($name:literal, $status:literal) => {
        Fault::new($name, concat!("answers ", $status), |visit| visit.answer($status, "", HTML))
    };
    ($name:literal, $status:literal, $header:literal) => {
        Fault::new($name, concat!("answers ", $status, " with ", $header), |visit| {
            visit.answer($status, concat!($header, "\r\n"), HTML)
        })
    };
}

pub(super) const FAULTS: &[Fault] = &[
    status!("answers_404", "404 Not Found"),
    status!("answers_400", "400 Bad Request"),
    status!("answers_401", "401 Unauthorized", "WWW-Authenticate: Basic realm=x"),
    status!("answers_403", "403 Forbidden"),
    status!("answers_407", "407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=x"),
    status!("answers_410", "410 Gone"),
    status!("answers_418", "418 I'm a teapot"),
    status!("answers_429", "429 Too Many Requests", "Retry-After: 3600"),
    status!("answers_500", "500 Internal Server Error"),
    status!("answers_503_until_a_date", "503 Busy", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"),
    status!("answers_503_absurdly_long", "503 Busy", "Retry-After: 99999999999999999999999999"),
    status!("answers_599", "599 Who Knows"),
    status!("answers_999", "999 Absurd"),
    status!("answers_300", "300 Multiple Choices", "Location: /elsewhere"),
    status!("answers_305_use_proxy", "305 Use Proxy", "Location: http://127.0.0.1:9/"),
    Fault::new("answers_304_unasked", "answers 304 Not Modified, though nothing was said of an older copy", |visit| {
        visit.write("HTTP/1.1 304 Not Modified\r\n\r\n")?;
        Ok(After::Keep)
    }),
    Fault::new("answers_204", "answers 204 No Content", |visit| {
        visit.write("HTTP/1.1 204 No Content\r\n\r\n")?;
        Ok(After::Keep)
    }),
    Fault::new("answers_206_unasked", "answers with the whole flag as 206 Partial Content", |visit| {
        visit.answer("206 Partial Content", "Content-Range: bytes 0-9/10\r\n", visit.gif())
    }),
    Fault::new("answers_201_with_the_flag", "answers with the flag as 201 Created", |visit| {
        visit.answer("201 Created", "", visit.gif())
    }),
    Fault::new("answers_404_without_end", "answers 404 with a body that does not end", |visit| {
        visit.write("HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\nnot")?;
        visit.hang()
    }),
    Fault::new("answers_404_and_closes_within", "answers 404 and closes within the body", |visit| {
        visit.write("HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\nnot")?;
        Ok(After::Close)
    }),
    Fault::new("answers_500_without_end", "answers 500 with a body of endless chunks", |visit| {
        visit.write("HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        loop {
            visit.write(format!("10000\r\n{}\r\n", "x".repeat(0x10000)))?;
        }
    }),
];
