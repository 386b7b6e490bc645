//! Statuses that are no success, and successes that are none.

use super::Fault;
use crate::raw_server::After;

const HTML: &[u8] = b"<!DOCTYPE html><title>Sign in</title><p>Welcome to the hotel. Please sign in.";

macro_rules! status {
    ($name:literal, $status:literal, $ending:literal) => {
        status!($name, $status, $ending, "")
    };
    ($name:literal, $status:literal, $ending:literal, $headers:literal) => {
        Fault::new($name, $ending, |visit| visit.answer($status, $headers, HTML))
    };
}

pub(super) const FAULTS: &[Fault] = &[
    status!("answers_404", "404 Not Found", "not found"),
    status!("answers_400", "400 Bad Request", "HTTP 400"),
    status!("answers_401", "401 Unauthorized", "HTTP 401", "WWW-Authenticate: Basic realm=x\r\n"),
    status!("answers_403", "403 Forbidden", "HTTP 403"),
    status!("answers_407", "407 Proxy Authentication Required", "HTTP 407", "Proxy-Authenticate: Basic realm=x\r\n"),
    status!("answers_410", "410 Gone", "HTTP 410"),
    status!("answers_418", "418 I'm a teapot", "HTTP 418"),
    status!("answers_429", "429 Too Many Requests", "HTTP 429", "Retry-After: 3600\r\n"),
    status!("answers_500", "500 Internal Server Error", "HTTP 500"),
    status!("answers_503_until_a_date", "503 Busy", "HTTP 503", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n"),
    status!("answers_503_absurdly_long", "503 Busy", "HTTP 503", "Retry-After: 99999999999999999999999999\r\n"),
    status!("answers_599", "599 Who Knows", "HTTP 599"),
    status!("answers_999", "999 Absurd", "HTTP 999"),
    status!("answers_300", "300 Multiple Choices", "HTTP 300", "Location: /elsewhere\r\n"),
    status!("answers_305_use_proxy", "305 Use Proxy", "HTTP 305", "Location: http://127.0.0.1:9/\r\n"),
    Fault::new("answers_304_unasked", "HTTP 304", |visit| {
        visit.write("HTTP/1.1 304 Not Modified\r\n\r\n")?;
        Ok(After::Keep)
    }),
    Fault::new("answers_204", "not a GIF", |visit| {
        visit.write("HTTP/1.1 204 No Content\r\n\r\n")?;
        Ok(After::Keep)
    }),
    Fault::new("answers_206_unasked", "protocol", |visit| {
        visit.answer("206 Partial Content", "Content-Range: bytes 0-9/10\r\n", visit.gif())
    }),
    Fault::new("answers_201_with_the_flag", "ok", |visit| visit.answer("201 Created", "", visit.gif())),
    Fault::new("answers_404_without_end", "not found", |visit| {
        visit.write("HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\nnot")?;
        visit.hang()
    })
    .with("--timeout 1"),
    Fault::new("answers_404_and_closes_within", "not found", |visit| {
        visit.write("HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\nnot")?;
        Ok(After::Close)
    }),
    Fault::new("answers_500_without_end", "HTTP 500", |visit| {
        visit.write("HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        loop {
            visit.write(format!("10000\r\n{}\r\n", "x".repeat(0x10000)))?;
        }
    })
    .with("--timeout 1 --max-bytes 1000000"),
];
