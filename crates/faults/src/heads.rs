//! Heads that are no HTTP, or too much of it.

use crate::{After, Fault, Visit};

/// Answers well but for this, in place of `HTTP/1.1 200 OK` and its end of line.
fn begin_with(visit: &mut Visit, status_line: &str) -> std::io::Result<After> {
    let gif = visit.gif();
    visit.write([format!("{status_line}Content-Length: {}\r\n\r\n", gif.len()).as_bytes(), gif].concat())?;
    Ok(After::Close)
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("speaks_something_else", "greets as a mail server does", |visit| {
        visit.write("220 mail.example ESMTP\r\n\r\n")?;
        Ok(After::Close)
    }),
    Fault::new("sends_noise", "sends 300 bytes that are no text", |visit| {
        visit.write([0xff; 300])?;
        Ok(After::Close)
    }),
    Fault::new("sends_only_the_gif", "sends the flag without a head", |visit| {
        visit.write(visit.gif())?;
        Ok(After::Close)
    }),
    Fault::new("speaks_http_2", "calls itself HTTP/2.0 in the head", |visit| begin_with(visit, "HTTP/2.0 200 OK\r\n")),
    Fault::new("has_a_status_of_two_digits", "answers with the status 20", |visit| {
        begin_with(visit, "HTTP/1.1 20 OK\r\n")
    }),
    Fault::new("has_a_status_of_four_digits", "answers with the status 2000", |visit| {
        begin_with(visit, "HTTP/1.1 2000 OK\r\n")
    }),
    Fault::new("has_a_status_of_letters", "answers with the status TWO", |visit| {
        begin_with(visit, "HTTP/1.1 TWO OK\r\n")
    }),
    Fault::new("has_a_status_below_100", "answers with the status 099", |visit| {
        begin_with(visit, "HTTP/1.1 099 OK\r\n")
    }),
    Fault::new("gives_no_reason", "answers well, with a status line that ends after 200", |visit| {
        begin_with(visit, "HTTP/1.1 200\r\n")
    }),
    Fault::new("has_a_header_without_a_colon", "has a line in its head that is no header", |visit| {
        begin_with(visit, "HTTP/1.1 200 OK\r\nno colon here\r\n")
    }),
    Fault::new("has_a_header_with_a_zero_byte", "has a zero byte in a header's value", |visit| {
        begin_with(visit, "HTTP/1.1 200 OK\r\nX-Zero: a\0b\r\n")
    }),
    Fault::new("has_200000_headers", "sends 200,000 headers, and no end of the head", |visit| {
        visit.write(format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(200_000)))?;
        visit.hang()
    }),
    Fault::new("has_a_header_of_32_megabytes", "sends a header of 32 MiB, and no end of it", |visit| {
        visit.write("HTTP/1.1 200 OK\r\nX-Large: ")?;
        for _ in 0..32 {
            visit.write(vec![b'x'; 1 << 20])?;
        }
        visit.hang()
    }),
    Fault::new("has_a_reason_of_32_megabytes", "sends a status line of 32 MiB, and no end of it", |visit| {
        visit.write("HTTP/1.1 200 ")?;
        for _ in 0..32 {
            visit.write(vec![b'x'; 1 << 20])?;
        }
        visit.hang()
    }),
    Fault::new("has_a_head_within_its_bounds", "answers well, with 6.5 KB of headers, 92 of them", |visit| {
        let headers = format!("X-Large: {}\r\n{}", "x".repeat(6_000), "X: y\r\n".repeat(90));
        visit.answer("200 OK", &headers, visit.gif())
    }),
    Fault::new("has_more_headers_than_anybody", "answers well, with 201 headers", |visit| {
        visit.answer("200 OK", &"X: y\r\n".repeat(200), visit.gif())
    }),
    Fault::new("has_a_head_over_its_bound", "answers well, with 8 KB of headers", |visit| {
        visit.answer("200 OK", &format!("X-Large: {}\r\n", "x".repeat(8_000)), visit.gif())
    }),
    Fault::new("says_100_continue_first", "says 100 Continue, without being asked to, before a good answer", |visit| {
        visit.write("HTTP/1.1 100 Continue\r\n\r\n")?;
        visit.well()
    }),
    Fault::new("says_103_early_hints_first", "says 103 Early Hints before a good answer", |visit| {
        visit.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")?;
        visit.well()
    }),
    Fault::new("says_100_continue_for_ever", "says 100 Continue every millisecond, and nothing else", |visit| {
        visit.drip(b"HTTP/1.1 100 Continue\r\n\r\n", std::time::Duration::from_millis(1))
    }),
    Fault::new(
        "says_103_early_hints_1000_times",
        "says 103 Early Hints a thousand times before a good answer",
        |visit| {
            visit.write("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1_000))?;
            visit.well()
        },
    ),
    Fault::new("folds_a_header", "answers well, with a header whose value goes on in the next line", |visit| {
        visit.answer("200 OK", "X-Folded: a\r\n b\r\n", visit.gif())
    }),
    Fault::new("speaks_http_1_2", "calls itself HTTP/1.2", |visit| begin_with(visit, "HTTP/1.2 200 OK\r\n")),
    Fault::new("switches_protocols", "switches to a protocol that was not asked for", |visit| {
        visit.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")?;
        visit.hang()
    }),
    Fault::new("answers_twice", "sends another flag behind the one that was asked for", |visit| {
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
