//! Lengths and encodings that lie, or that were not agreed to.

use std::io;

use super::Fault;
use crate::raw_server::{After, Visit};

/// Answers with these header lines, each with its line end, and this body, and closes.
fn send(visit: &mut Visit, headers: &str, body: &[u8]) -> io::Result<After> {
    visit.write([format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes(), body].concat())?;
    Ok(After::Close)
}

fn chunked(visit: &mut Visit, body: &[u8]) -> io::Result<After> {
    send(visit, "Transfer-Encoding: chunked\r\n", body)
}

/// The flag in one chunk, without the last, empty one.
fn chunk(visit: &Visit) -> Vec<u8> {
    [format!("{:x}\r\n", visit.gif().len()).as_bytes(), visit.gif(), b"\r\n"].concat()
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("has_two_lengths_that_differ", "protocol", |visit| {
        let length = visit.gif().len();
        send(visit, &format!("Content-Length: {length}\r\nContent-Length: {}\r\n", length - 1), visit.gif())
    }),
    Fault::new("has_a_list_of_lengths_that_differ", "protocol", |visit| {
        let length = visit.gif().len();
        send(visit, &format!("Content-Length: {length}, {}\r\n", length + 1), visit.gif())
    }),
    Fault::new("has_a_negative_length", "protocol", |visit| send(visit, "Content-Length: -1\r\n", visit.gif())),
    Fault::new("has_a_length_of_letters", "protocol", |visit| send(visit, "Content-Length: many\r\n", visit.gif())),
    Fault::new("has_a_length_with_a_sign", "protocol", |visit| {
        send(visit, &format!("Content-Length: +{}\r\n", visit.gif().len()), visit.gif())
    }),
    Fault::new("has_an_empty_length", "protocol", |visit| send(visit, "Content-Length: \r\n", visit.gif())),
    Fault::new("has_a_length_that_overflows", "protocol", |visit| {
        send(visit, "Content-Length: 18446744073709551616\r\n", visit.gif())
    }),
    Fault::new("has_the_largest_length_of_all", "too large", |visit| {
        send(visit, "Content-Length: 18446744073709551615\r\n", visit.gif())
    }),
    Fault::new("has_a_length_and_chunks", "protocol", |visit| {
        let body = [&chunk(visit)[..], b"0\r\n\r\n"].concat();
        send(visit, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", &body)
    }),
    Fault::new("sends_chunks", "ok", |visit| {
        let body = [&chunk(visit)[..], b"0\r\n\r\n"].concat();
        chunked(visit, &body)
    }),
    Fault::new("closes_within_a_chunk", "truncated", |visit| chunked(visit, b"64\r\nGIF89a")),
    Fault::new("closes_between_chunks", "truncated", |visit| {
        let body = chunk(visit);
        chunked(visit, &body)
    }),
    Fault::new("has_a_chunk_size_of_letters", "protocol", |visit| chunked(visit, b"many\r\nGIF89a\r\n0\r\n\r\n")),
    Fault::new("has_a_negative_chunk_size", "protocol", |visit| chunked(visit, b"-6\r\nGIF89a\r\n0\r\n\r\n")),
    Fault::new("has_a_chunk_size_that_overflows", "protocol", |visit| {
        chunked(visit, b"fffffffffffffffff\r\nGIF89a\r\n0\r\n\r\n")
    }),
    Fault::new("has_a_chunk_longer_than_it_says", "protocol", |visit| chunked(visit, b"3\r\nGIF89a\r\n0\r\n\r\n")),
    Fault::new("is_transferred_as_gzip", "protocol", |visit| send(visit, "Transfer-Encoding: gzip\r\n", visit.gif())),
    Fault::new("is_transferred_as_gzip_in_chunks", "protocol", |visit| {
        let body = [&chunk(visit)[..], b"0\r\n\r\n"].concat();
        send(visit, "Transfer-Encoding: gzip, chunked\r\n", &body)
    }),
    Fault::new("is_transferred_as_gzip_in_two_headers", "protocol", |visit| {
        let body = [&chunk(visit)[..], b"0\r\n\r\n"].concat();
        send(visit, "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", &body)
    }),
    Fault::new("is_transferred_in_a_way_nobody_knows", "protocol", |visit| {
        send(visit, &format!("Transfer-Encoding: yodel\r\nContent-Length: {}\r\n", visit.gif().len()), visit.gif())
    }),
    Fault::new("is_encoded_with_gzip", "protocol", |visit| {
        // What it is does not matter: nothing is decoded, so no bomb can go off.
        send(visit, &format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", visit.gif().len()), visit.gif())
    }),
    Fault::new("is_encoded_in_two_headers", "protocol", |visit| {
        let headers = "Content-Encoding: identity\r\nContent-Encoding: br\r\n";
        send(visit, &format!("{headers}Content-Length: {}\r\n", visit.gif().len()), visit.gif())
    }),
    Fault::new("is_encoded_as_it_is", "ok", |visit| {
        send(visit, &format!("Content-Encoding: Identity\r\nContent-Length: {}\r\n", visit.gif().len()), visit.gif())
    }),
];
