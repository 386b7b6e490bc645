//! Where the answers on a connection begin and end, as RFC 9112 has it.
//!
//! The client under it is lenient where chunks are wrong and strict where they are right. So it sees what comes after this: heads that are
//! whole, with folded lines unfolded and without those of 1xx; chunks without extensions and trailers, the last of them when all of the body is
//! there. What no client may accept is an error here. It does no I/O.

use std::io::{self, ErrorKind};

use super::{
    chunks::{Chunks, Progress},
    head::{
        Malformed, STATUS_END, end_of_head, end_of_informational, hide_length, is_chunked, may_be_informational,
        open_line_end, status, unfold,
    },
    reason,
};

/// How far the answer has come.
#[derive(Debug)]
pub struct Framing {
    part: Part,
    /// The answer, or its beginning, was there before its request was sent.
    is_early: bool,
    /// The connection is not to be used again.
    is_spoiled: bool,
}

#[derive(Debug)]
enum Part {
    /// The head: how much of it was searched for its end.
    Head(usize),
    /// A body that ends by its length or with the connection: the client sees to that.
    Body,
    Chunks(Chunks),
}

impl Framing {
    /// Before the first request.
    pub fn new() -> Self {
        Self { part: Part::Head(0), is_early: false, is_spoiled: false }
    }

    /// A request goes out, and so an answer comes next. `is_early`, if something came before.
    pub fn expect_answer(&mut self, is_early: bool) {
        *self = Self { is_early, ..Self::new() };
    }

    /// Goes on with `bytes`, of which the client has seen the first ones and has not taken them. Leaves behind these what it is to see now, and then
    /// what is to be kept until more has come.
    ///
    /// # Errors
    /// The answer is one to refuse. What came before that is seen first: the client may not want the rest.
    pub fn advance(&mut self, bytes: &mut [u8], seen: usize) -> Result<Progress, Malformed> {
        let mut length = bytes.len();
        let show = |up_to: usize, length: usize| Progress { ready: up_to - seen, kept: length - up_to, is_last: false };
        loop {
            match &mut self.part {
                Part::Body => return Ok(show(length, length)),
                Part::Chunks(chunks) => {
                    let progress = chunks.advance(&mut bytes[..length], seen);
                    return if progress.ready > 0 { Ok(progress) } else { self.check().map(|()| progress) };
                }
                Part::Head(searched) => {
                    let head = &mut bytes[..length];
                    // Until it is known whether this is the answer, or a 1xx before it.
                    if head.len() < STATUS_END && may_be_informational(head) {
                        return Ok(show(seen, length));
                    }
                    let status = status(head);
                    let is_informational = matches!(status, Some(100 | 102..=199));
                    if self.is_early && !is_informational && status.is_some_and(|status| status < 400) {
                        return Err(Malformed("an answer was there before its request"));
                    }
                    if is_informational {
                        let Some(end) = end_of_informational(head)? else {
                            return Ok(show(seen, length));
                        };
                        bytes.copy_within(end..length, 0);
                        length -= end;
                        continue;
                    }
                    let Some(end) = end_of_head(head, *searched) else {
                        *searched = length;
                        if seen > 0 {
                            // The other client, too, looks at the beginning, and then not before it sees the end.
                            return Ok(show(seen, length));
                        }
                        unfold(head);
                        return Ok(show((length - open_line_end(head)).max(seen), length));
                    };
                    let head = &mut bytes[..end];
                    if status.is_some_and(|status| status >= 400) {
                        reason::note(head);
                    }
                    unfold(head);
                    let has_no_body = matches!(status, Some(204 | 304));
                    if has_no_body {
                        self.is_spoiled = hide_length(head);
                    }
                    if has_no_body || !is_chunked(head) {
                        self.part = Part::Body;
                        return Ok(show(length, length));
                    }
                    let mut chunks = Chunks::default();
                    let progress = chunks.advance(&mut bytes[..length], end);
                    self.part = Part::Chunks(chunks);
                    return Ok(Progress { ready: progress.ready + end - seen, ..progress });
                }
            }
        }
    }

    /// Checks what has come behind all that the client was shown.
    ///
    /// # Errors
    /// It is malformed.
    pub fn check(&self) -> Result<(), Malformed> {
        match &self.part {
            Part::Chunks(Chunks { malformed: Some(malformed), .. }) => Err(*malformed),
            _ => Ok(()),
        }
    }

    /// Whether the next answer on the connection would be the right one.
    pub fn is_clean(&self) -> bool {
        !self.is_spoiled && !matches!(&self.part, Part::Chunks(chunks) if chunks.has_more)
    }

    /// The connection has ended.
    ///
    /// # Errors
    /// In the middle of a body whose end is marked.
    pub fn end(&self) -> io::Result<()> {
        match &self.part {
            Part::Chunks(chunks) if !chunks.is_complete() => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use common::MOST_HEADERS;

    use super::{super::chunks::LAST_CHUNK, *};

    const HEAD: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    /// What the client sees of an answer that comes in pieces of this size.
    fn seen(answer: &str, piece: usize) -> Result<String, String> {
        let (mut framing, mut bytes, mut seen) = (Framing::new(), Vec::new(), 0);
        for piece in answer.as_bytes().chunks(piece) {
            bytes.extend_from_slice(piece);
            let malformed = |malformed| format!("{malformed:?}");
            framing.check().map_err(malformed)?;
            let progress = framing.advance(&mut bytes, seen).map_err(malformed)?;
            seen += progress.ready;
            bytes.truncate(seen + progress.kept);
            if progress.is_last {
                bytes.extend_from_slice(LAST_CHUNK);
                seen = bytes.len();
            }
        }
        framing.check().map_err(|malformed| format!("{malformed:?}"))?;
        framing.end().map_err(|error| error.to_string())?;
        bytes.truncate(seen);
        Ok(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn an_answer_is_seen_the_same_wherever_it_is_cut() {
        let plain = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
        let cases = [
            (plain.to_owned(), plain.to_owned()),
            (format!("{hints}{plain}"), plain.to_owned()),
            (format!("{HEAD}03 ;x=\"y\"\r\nabc\r\n00;z\r\nX: y\r\n\r\n"), format!("{HEAD}3\r\nabc\r\n0\r\n\r\n")),
        ];
        for (answer, expected) in cases {
            for piece in 1..=answer.len() {
                assert_eq!(seen(&answer, piece).as_ref(), Ok(&expected), "in pieces of {piece}");
            }
        }
    }

    #[test]
    fn a_folded_line_is_one() {
        let answer = "HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(seen(answer, 7).unwrap(), "HTTP/1.1 200 OK\r\nX: a  \tb\r\nContent-Length: 0\r\n\r\n");
    }

    #[test]
    fn what_ends_in_the_middle_is_cut_and_what_is_malformed_is_refused() {
        for cut in ["3\r\nab", "3\r\nabc\r\n", "3\r\nabc\r\n0", "3\r\nabc\r\n0\r\n", "3\r\nabc\r\n0\r\nX: y\r\n"] {
            assert_eq!(seen(&format!("{HEAD}{cut}"), 5), Err(ErrorKind::UnexpectedEof.to_string()), "{cut:?}");
        }
        for wrong in [
            " 3\r\n",
            "+3\r\n",
            "3x\r\n",
            "3 3\r\n",
            "3\n",
            "3;a\rb",
            "3;a\nb",
            "3\r\nabcd",
            "0\r\nX: y\r\r",
            "0\r\nX y\r\n\r\n",
        ] {
            assert!(seen(&format!("{HEAD}{wrong}"), 5).is_err_and(|error| error.contains("Malformed")), "{wrong:?}");
        }
    }

    #[test]
    fn what_comes_before_a_wrong_byte_is_seen_first() {
        let mut framing = Framing::new();
        let mut answer = format!("{HEAD}3\r\nabcX").into_bytes();
        let progress = framing.advance(&mut answer, 0).unwrap();
        assert_eq!(&answer[..progress.ready], format!("{HEAD}3\r\nabc").as_bytes());
        framing.check().unwrap_err();
    }

    #[test]
    fn only_the_end_of_a_header_line_waits_for_what_follows() {
        for (head, hidden) in [
            ("HTTP/1.0 \r\n", 0),
            ("HTTP/1.1 200 OK\r\n", 0),
            ("HTTP/1.1 200 OK\r\nX: y\r", 1),
            ("HTTP/1.1 200 OK\r\nX: y\r\n", 2),
            ("HTTP/1.1 200 OK\r\nX y\r\n", 0),
            ("HTTP/1.1 200 OK\r\nX: y\r\n\r", 0),
        ] {
            let progress = Framing::new().advance(&mut head.as_bytes().to_vec(), 0).unwrap();
            assert_eq!((progress.ready, progress.kept), (head.len() - hidden, hidden), "{head:?}");
        }
    }

    #[test]
    fn extensions_and_trailers_have_limits() {
        let many = |what: &str, times: usize| what.repeat(times);
        seen(&format!("{HEAD}3;{}\r\nabc\r\n0\r\n\r\n", many("x", 16_000)), 1000).unwrap();
        seen(&format!("{HEAD}3;{}\r\nabc\r\n0\r\n\r\n", many("x", 17_000)), 1000).unwrap_err();
        seen(&format!("{HEAD}0\r\n{}\r\n", many("X: y\r\n", MOST_HEADERS)), 1000).unwrap();
        seen(&format!("{HEAD}0\r\n{}\r\n", many("X: y\r\n", MOST_HEADERS + 1)), 1000).unwrap_err();
        seen(&format!("{HEAD}0\r\nX: {}\r\n\r\n", many("y", 17_000)), 1000).unwrap_err();
    }

    #[test]
    fn a_success_before_its_request_is_no_answer_and_an_error_is() {
        for (status, is_refused) in [(200, true), (304, true), (408, false), (503, false)] {
            let mut framing = Framing::new();
            framing.expect_answer(true);
            let mut answer = format!("HTTP/1.1 {status} X\r\n\r\n").into_bytes();
            assert_eq!(framing.advance(&mut answer, 0).is_err(), is_refused, "{status}");
        }
    }
}
