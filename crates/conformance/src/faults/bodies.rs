//! Bodies that are no flag, or not the whole of it, or too much.

use std::io;

use super::Fault;
use crate::raw_server::{After, Visit};

/// Answers as HTTP/1.0 does, with this body, and closes: only that tells where the body ends.
fn without_length(visit: &mut Visit, body: &[u8]) -> io::Result<After> {
    visit.write([b"HTTP/1.0 200 OK\r\nContent-Type: image/gif\r\n\r\n", body].concat())?;
    Ok(After::Close)
}

fn gif(visit: &mut Visit, body: &[u8]) -> io::Result<After> {
    visit.answer("200 OK", "Content-Type: image/gif\r\n", body)
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("has_an_empty_body", "not a GIF", |visit| gif(visit, b"")),
    Fault::new("labels_html_as_a_gif", "not a GIF", |visit| gif(visit, b"<html>Please sign in, GIF89a;")),
    Fault::new("sends_a_png", "not a GIF", |visit| gif(visit, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")),
    Fault::new("cuts_the_gif", "not a GIF", |visit| gif(visit, &visit.gif()[..visit.gif().len() - 1])),
    Fault::new("cuts_the_gif_in_half", "not a GIF", |visit| gif(visit, &visit.gif()[..visit.gif().len() / 2])),
    Fault::new("ends_the_gif_too_early", "not a GIF", |visit| {
        gif(visit, &[&visit.gif()[..visit.gif().len() / 2], b"\x3b"].concat())
    }),
    Fault::new("adds_to_the_gif", "not a GIF", |visit| gif(visit, &[visit.gif(), b"\r\n"].concat())),
    Fault::new("sends_the_gif_twice", "not a GIF", |visit| gif(visit, &[visit.gif(), visit.gif()].concat())),
    Fault::new("sends_more_than_its_length", "ok", |visit| {
        // The length says where the flag ends; what follows must not be taken for the next answer.
        gif(visit, visit.gif())?;
        visit.write("and more")?;
        Ok(After::Keep)
    }),
    Fault::new("sends_http_1_0_without_a_length", "ok", |visit| without_length(visit, visit.gif())),
    Fault::new("cuts_the_gif_without_a_length", "not a GIF", |visit| {
        without_length(visit, &visit.gif()[..visit.gif().len() - 1])
    }),
    Fault::new("announces_a_body_over_the_limit", "too large", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\nGIF89a")?;
        visit.hang()
    }),
    Fault::new("sends_a_body_without_end", "too large", |visit| {
        visit.write("HTTP/1.0 200 OK\r\n\r\nGIF89a")?;
        loop {
            visit.write([b'x'; 10_000])?;
        }
    })
    .with("--max-bytes 1000000"),
    Fault::new("sends_chunks_without_end", "too large", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        loop {
            visit.write(format!("2710\r\n{}\r\n", "x".repeat(10_000)))?;
        }
    })
    .with("--max-bytes 1000000"),
    Fault::new("sends_a_chunk_over_the_limit", "too large", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n")?;
        loop {
            visit.write([b'x'; 10_000])?;
        }
    })
    .with("--max-bytes 1000000"),
];
