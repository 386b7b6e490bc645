//! Heads that are no HTTP, or too much of it.

use super::Fault;
use crate::raw_server::{After, Visit};

/// Answers well but for this, in place of `HTTP/1.1 200 OK` and its end of line.
fn begin_with(visit: &mut Visit, status_line: &str) -> std::io::Result<After> {
    let gif = visit.gif();
    visit.write([format!("{status_line}Content-Length: {}\r\n\r\n", gif.len()).as_bytes(), gif].concat())?;
    Ok(After::Close)
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("speaks_something_else", "protocol", |visit| {
        visit.write("220 mail.example ESMTP\r\n\r\n")?;
        Ok(After::Close)
    }),
    Fault::new("sends_noise", "protocol", |visit| {
        visit.write([0xff; 300])?;
        Ok(After::Close)
    }),
    Fault::new("sends_only_the_gif", "protocol", |visit| {
        visit.write(visit.gif())?;
        Ok(After::Close)
    }),
    Fault::new("speaks_http_2", "protocol", |visit| begin_with(visit, "HTTP/2.0 200 OK\r\n")),
    Fault::new("has_a_status_of_two_digits", "protocol", |visit| begin_with(visit, "HTTP/1.1 20 OK\r\n")),
    Fault::new("has_a_status_of_four_digits", "protocol", |visit| begin_with(visit, "HTTP/1.1 2000 OK\r\n")),
    Fault::new("has_a_status_of_letters", "protocol", |visit| begin_with(visit, "HTTP/1.1 TWO OK\r\n")),
    Fault::new("has_a_status_below_100", "protocol", |visit| begin_with(visit, "HTTP/1.1 099 OK\r\n")),
    Fault::new("gives_no_reason", "ok", |visit| begin_with(visit, "HTTP/1.1 200\r\n")),
    Fault::new("has_a_header_without_a_colon", "protocol", |visit| {
        begin_with(visit, "HTTP/1.1 200 OK\r\nno colon here\r\n")
    }),
    Fault::new("has_a_header_with_a_zero_byte", "protocol", |visit| {
        begin_with(visit, "HTTP/1.1 200 OK\r\nX-Zero: a\0b\r\n")
    }),
    Fault::new("has_200000_headers", "too large", |visit| {
        visit.write(format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(200_000)))?;
        visit.hang()
    }),
    Fault::new("has_a_header_of_32_megabytes", "too large", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nX-Large: ")?;
        for _ in 0..32 {
            visit.write(vec![b'x'; 1 << 20])?;
        }
        visit.hang()
    }),
    Fault::new("has_a_reason_of_32_megabytes", "too large", |visit| {
        visit.write("HTTP/1.1 200 ")?;
        for _ in 0..32 {
            visit.write(vec![b'x'; 1 << 20])?;
        }
        visit.hang()
    }),
    Fault::new("has_a_head_within_its_bounds", "ok", |visit| {
        let headers = format!("X-Large: {}\r\n{}", "x".repeat(6_000), "X: y\r\n".repeat(90));
        visit.answer("200 OK", &headers, visit.gif())
    }),
    Fault::new("has_more_headers_than_anybody", "too large", |visit| {
        visit.answer("200 OK", &"X: y\r\n".repeat(200), visit.gif())
    }),
    Fault::new("has_a_head_over_its_bound", "too large", |visit| {
        visit.answer("200 OK", &format!("X-Large: {}\r\n", "x".repeat(8_000)), visit.gif())
    }),
    Fault::new("says_100_continue_first", "ok", |visit| {
        visit.write("HTTP/1.1 100 Continue\r\n\r\n")?;
        visit.well()
    }),
    Fault::new("says_103_early_hints_first", "ok", |visit| {
        visit.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")?;
        visit.well()
    }),
    Fault::new("says_100_continue_for_ever", "timeout (first byte)", |visit| {
        visit.drip(b"HTTP/1.1 100 Continue\r\n\r\n", std::time::Duration::from_millis(1))
    })
    .with("--timeout 1"),
    Fault::new("switches_protocols", "HTTP 101", |visit| {
        visit.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")?;
        visit.hang()
    })
    .with("--timeout 1"),
    Fault::new("answers_twice", "ok", |visit| {
        // The second answer, another flag, must not be taken for that to the next request.
        let mut both = Vec::new();
        for gif in [visit.gif(), flag_images::find("ZW").expect("Zimbabwe has a flag").gif] {
            both.extend(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", gif.len()).bytes());
            both.extend(gif);
        }
        visit.write(both)?;
        Ok(After::Keep)
    }),
];
