//! Bodies that are no flag, or not the whole of it, or too much.

use std::io;

use crate::{After, Fault, Visit};

/// Answers as HTTP/1.0 does, with this body, and closes: only that tells where the body ends.
fn without_length(visit: &mut Visit, body: &[u8]) -> io::Result<After> {
    visit.write([b"HTTP/1.0 200 OK\r\nContent-Type: image/gif\r\n\r\n", body].concat())?;
    Ok(After::Close)
}

fn gif(visit: &mut Visit, body: &[u8]) -> io::Result<After> {
    visit.answer("200 OK", "Content-Type: image/gif\r\n", body)
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("has_an_empty_body", "answers 200 with no bytes at all", |visit| gif(visit, b"")),
    Fault::new("labels_html_as_a_gif", "answers 200 with a page for people, labelled image/gif", |visit| {
        gif(visit, b"<html>Please sign in, GIF89a;")
    }),
    Fault::new("sends_a_png", "answers 200 with the beginning of a PNG, labelled image/gif", |visit| {
        gif(visit, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    }),
    Fault::new("cuts_the_gif", "leaves out the flag's last byte, and says so in the length", |visit| {
        gif(visit, &visit.gif()[..visit.gif().len() - 1])
    }),
    Fault::new("cuts_the_gif_in_half", "sends the first half of the flag, with a length to match", |visit| {
        gif(visit, &visit.gif()[..visit.gif().len() / 2])
    }),
    Fault::new("ends_the_gif_too_early", "sends the first half of the flag and a GIF's last byte", |visit| {
        gif(visit, &[&visit.gif()[..visit.gif().len() / 2], b"\x3b"].concat())
    }),
    Fault::new("adds_to_the_gif", "sends an empty line behind the flag, within the length", |visit| {
        gif(visit, &[visit.gif(), b"\r\n"].concat())
    }),
    Fault::new("sends_the_gif_twice", "sends the flag twice, within the length", |visit| {
        gif(visit, &[visit.gif(), visit.gif()].concat())
    }),
    Fault::new("sends_more_than_its_length", "sends a good answer, and more behind it", |visit| {
        // The length says where the flag ends; what follows must not be taken for the next answer.
        let gif = visit.gif();
        visit.write(
            [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", gif.len()).as_bytes(), gif, b"and more"].concat(),
        )?;
        Ok(After::Keep)
    }),
    Fault::new(
        "sends_http_1_0_without_a_length",
        "answers well as HTTP/1.0 does: the body ends where the connection does",
        |visit| without_length(visit, visit.gif()),
    ),
    Fault::new("cuts_the_gif_without_a_length", "does the same without the flag's last byte", |visit| {
        without_length(visit, &visit.gif()[..visit.gif().len() - 1])
    }),
    Fault::new("has_no_image_in_it", "sends a GIF without an image", |visit| {
        gif(visit, b"GIF89a\x01\x00\x01\x00\x00\x00\x00\x3b")
    }),
    Fault::new("announces_a_body_over_the_limit", "announces 5 GB, and sends 6 bytes", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\nGIF89a")?;
        visit.hang()
    }),
    Fault::new("sends_a_body_without_end", "sends a body that does not end, without a length", |visit| {
        visit.write("HTTP/1.0 200 OK\r\n\r\nGIF89a")?;
        loop {
            visit.write([b'x'; 10_000])?;
        }
    }),
    Fault::new("sends_chunks_without_end", "sends chunks that do not end", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        loop {
            visit.write(format!("2710\r\n{}\r\n", "x".repeat(10_000)))?;
        }
    }),
    Fault::new("sends_a_chunk_over_the_limit", "sends a chunk of 4 GiB", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n")?;
        loop {
            visit.write([b'x'; 10_000])?;
        }
    }),
];
