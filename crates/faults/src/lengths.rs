//! Lengths and encodings that lie, or that were not agreed to.

use std::io;

use crate::{After, Fault, Visit};

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

/// The flag in one chunk, with this behind its size, and the last, empty one.
fn chunk_with(visit: &Visit, extension: &str) -> Vec<u8> {
    [format!("{:x}{extension}\r\n", visit.gif().len()).as_bytes(), visit.gif(), b"\r\n0\r\n\r\n"].concat()
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("has_two_lengths_that_differ", "has two Content-Length headers that differ", |visit| {
        let length = visit.gif().len();
        send(visit, &format!("Content-Length: {length}\r\nContent-Length: {}\r\n", length - 1), visit.gif())
    }),
    Fault::new("has_a_list_of_lengths_that_differ", "has two lengths that differ in one Content-Length", |visit| {
        let length = visit.gif().len();
        send(visit, &format!("Content-Length: {length}, {}\r\n", length + 1), visit.gif())
    }),
    Fault::new("has_a_negative_length", "has Content-Length: -1", |visit| {
        send(visit, "Content-Length: -1\r\n", visit.gif())
    }),
    Fault::new("has_a_length_of_letters", "has Content-Length: many", |visit| {
        send(visit, "Content-Length: many\r\n", visit.gif())
    }),
    Fault::new("has_a_length_with_a_sign", "has a plus before a right Content-Length", |visit| {
        send(visit, &format!("Content-Length: +{}\r\n", visit.gif().len()), visit.gif())
    }),
    Fault::new("has_an_empty_length", "has a Content-Length with nothing in it", |visit| {
        send(visit, "Content-Length: \r\n", visit.gif())
    }),
    Fault::new("has_a_length_that_overflows", "has a Content-Length of 2 to the 64", |visit| {
        send(visit, "Content-Length: 18446744073709551616\r\n", visit.gif())
    }),
    Fault::new("has_the_largest_length_of_all", "has a Content-Length of 2 to the 64 less 1", |visit| {
        send(visit, "Content-Length: 18446744073709551615\r\n", visit.gif())
    }),
    Fault::new("has_a_length_and_chunks", "has both a Content-Length and chunks", |visit| {
        let body = [&chunk(visit)[..], b"0\r\n\r\n"].concat();
        send(visit, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", &body)
    }),
    Fault::new("sends_chunks", "answers well in a chunk", |visit| {
        let body = [&chunk(visit)[..], b"0\r\n\r\n"].concat();
        chunked(visit, &body)
    }),
    Fault::new("closes_within_a_chunk", "closes after 6 of a chunk's 100 bytes", |visit| {
        chunked(visit, b"64\r\nGIF89a")
    }),
    Fault::new("closes_between_chunks", "closes after the flag's chunk, without the last, empty one", |visit| {
        let body = chunk(visit);
        chunked(visit, &body)
    }),
    Fault::new("has_a_chunk_size_of_letters", "has a chunk of the size many", |visit| {
        chunked(visit, b"many\r\nGIF89a\r\n0\r\n\r\n")
    }),
    Fault::new("has_a_negative_chunk_size", "has a chunk of the size -6", |visit| {
        chunked(visit, b"-6\r\nGIF89a\r\n0\r\n\r\n")
    }),
    Fault::new("has_a_chunk_size_that_overflows", "has a chunk of the size fffffffffffffffff", |visit| {
        chunked(visit, b"fffffffffffffffff\r\nGIF89a\r\n0\r\n\r\n")
    }),
    Fault::new("has_a_chunk_longer_than_it_says", "has 6 bytes in a chunk of the size 3", |visit| {
        chunked(visit, b"3\r\nGIF89a\r\n0\r\n\r\n")
    }),
    Fault::new("has_a_long_chunk_extension", "answers well in a chunk whose size has an extension of 2 KB", |visit| {
        let body = chunk_with(visit, &format!(";x={}", "y".repeat(2_000)));
        chunked(visit, &body)
    }),
    Fault::new("has_a_chunk_extension_of_100_kilobytes", "does the same with an extension of 100 KB", |visit| {
        let body = chunk_with(visit, &format!(";x={}", "y".repeat(100_000)));
        chunked(visit, &body)
    }),
    Fault::new("has_a_bare_cr_in_a_chunk_extension", "has a CR that ends no line in a chunk's extension", |visit| {
        let body = chunk_with(visit, ";x=\ry");
        chunked(visit, &body)
    }),
    Fault::new("has_a_space_before_a_chunk_size", "has a space before the size of a chunk", |visit| {
        let body = [b" ".to_vec(), chunk_with(visit, "")].concat();
        chunked(visit, &body)
    }),
    Fault::new("closes_after_the_last_chunk_size", "closes behind the size of the last chunk", |visit| {
        let body = [&chunk(visit)[..], b"0\r\n"].concat();
        chunked(visit, &body)
    }),
    Fault::new("closes_within_its_trailers", "closes within the fields behind the last chunk", |visit| {
        let body = [&chunk(visit)[..], b"0\r\nX-Digest: 1\r\nX-"].concat();
        chunked(visit, &body)
    }),
    Fault::new("closes_between_its_trailers", "closes behind one of these fields", |visit| {
        let body = [&chunk(visit)[..], b"0\r\nX-Digest: 1\r\n"].concat();
        chunked(visit, &body)
    }),
    Fault::new("has_trailers", "answers well, with fields behind the last chunk", |visit| {
        let body = [&chunk(visit)[..], b"0\r\nX-Digest: 1\r\nX-More: 2\r\n\r\n"].concat();
        chunked(visit, &body)
    }),
    Fault::new("has_2000_trailers", "has 2,000 fields behind the last chunk", |visit| {
        let trailers = "X: y\r\n".repeat(2_000);
        let body = [&chunk(visit)[..], b"0\r\n", trailers.as_bytes(), b"\r\n"].concat();
        chunked(visit, &body)
    }),
    Fault::new("has_chunks_in_http_1_0", "has chunks in an answer of HTTP/1.0", |visit| {
        let body = [&chunk(visit)[..], b"0\r\n\r\n"].concat();
        visit.write([b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &body[..]].concat())?;
        Ok(After::Close)
    }),
    Fault::new("lists_nothing_before_chunked", "says Transfer-Encoding: , chunked", |visit| {
        let body = [&chunk(visit)[..], b"0\r\n\r\n"].concat();
        send(visit, "Transfer-Encoding: , chunked\r\n", &body)
    }),
    Fault::new("lists_no_encoding", "answers well with an empty Content-Encoding", |visit| {
        send(visit, &format!("Content-Encoding: \r\nContent-Length: {}\r\n", visit.gif().len()), visit.gif())
    }),
    Fault::new("is_transferred_as_gzip", "says Transfer-Encoding: gzip", |visit| {
        send(visit, "Transfer-Encoding: gzip\r\n", visit.gif())
    }),
    Fault::new("is_transferred_as_gzip_in_chunks", "says Transfer-Encoding: gzip, chunked", |visit| {
        let body = [&chunk(visit)[..], b"0\r\n\r\n"].concat();
        send(visit, "Transfer-Encoding: gzip, chunked\r\n", &body)
    }),
    Fault::new("is_transferred_as_gzip_in_two_headers", "says the same in two headers", |visit| {
        let body = [&chunk(visit)[..], b"0\r\n\r\n"].concat();
        send(visit, "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", &body)
    }),
    Fault::new("is_transferred_in_an_unknown_way", "says Transfer-Encoding: yodel", |visit| {
        send(visit, &format!("Transfer-Encoding: yodel\r\nContent-Length: {}\r\n", visit.gif().len()), visit.gif())
    }),
    Fault::new("is_encoded_with_gzip", "says Content-Encoding: gzip", |visit| {
        // What it is does not matter: nothing is decoded, so no bomb can go off.
        send(visit, &format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", visit.gif().len()), visit.gif())
    }),
    Fault::new("is_encoded_in_two_headers", "says Content-Encoding: identity, and in another header br", |visit| {
        let headers = "Content-Encoding: identity\r\nContent-Encoding: br\r\n";
        send(visit, &format!("{headers}Content-Length: {}\r\n", visit.gif().len()), visit.gif())
    }),
    Fault::new("is_encoded_as_it_is", "answers well with Content-Encoding: Identity", |visit| {
        send(visit, &format!("Content-Encoding: Identity\r\nContent-Length: {}\r\n", visit.gif().len()), visit.gif())
    }),
];
