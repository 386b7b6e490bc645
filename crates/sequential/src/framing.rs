//! Where the answers on a connection begin and end, as RFC 9112 has it.
//!
//! The client under it is lenient where chunks are wrong and strict where they are right. So it sees what comes after this: heads that are
//! whole, with folded lines unfolded and without those of 1xx; chunks without extensions and trailers, the last of them when all of the body is
//! there. What no client may accept is an error here. It does no I/O.

use std::io::{self, ErrorKind};

use common::{LONGEST_BODY, MOST_HEADERS};

/// The most bytes of all extensions of an answer's chunks, and of its trailers: what the asynchronous client accepts.
const MOST_EXTENSION_BYTES: usize = 16 << 10;
const MOST_TRAILER_BYTES: usize = 16 << 10;

/// How an answer begins, and where its status ends.
const VERSION: &[u8] = b"HTTP/1.";
const STATUS_END: usize = "HTTP/1.1 200".len();

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

/// How far a body in chunks has come.
#[derive(Debug, Default)]
struct Chunks {
    at: At,
    /// The size of the chunk, or what is left of it.
    size: u64,
    extension_bytes: usize,
    trailers: Vec<u8>,
    trailer_lines: usize,
    /// Something came behind the answer.
    has_more: bool,
    /// What is wrong behind all that the client was shown.
    malformed: Option<Malformed>,
}

/// What comes next in a body in chunks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    FirstDigit,
    Digit,
    /// White space after the size.
    Space,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// The line after the last chunk: a trailer, or the empty one.
    Line,
    Trailer,
    TrailerLf,
    LastLf,
    End,
}

/// What to do with the bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// This many bytes, in front, are for the client to see.
    pub ready: usize,
    /// This many behind these are to be kept.
    pub kept: usize,
    /// The client is to see [`LAST_CHUNK`] behind what is ready.
    pub is_last: bool,
}

/// The end of a body in chunks.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Why no client may accept an answer.
#[derive(Clone, Copy, Debug)]
pub struct Malformed(pub &'static str);

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
            Part::Chunks(chunks) if chunks.at != At::End => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

impl Chunks {
    /// Goes through the bytes from `from` on, which are not seen yet.
    fn advance(&mut self, bytes: &mut [u8], from: usize) -> Progress {
        let (mut read, mut ready) = (from, from);
        let was_at = self.at;
        while read < bytes.len() && self.at != At::End && self.malformed.is_none() {
            if self.at == At::Data {
                let length = (bytes.len() - read).min(usize::try_from(self.size).unwrap_or(usize::MAX));
                bytes.copy_within(read..read + length, ready);
                (read, ready, self.size) = (read + length, ready + length, self.size - length as u64);
                if self.size == 0 {
                    self.at = At::DataCr;
                }
                continue;
            }
            let byte = bytes[read];
            read += 1;
            match self.step(byte) {
                Ok(false) => {}
                Ok(true) => {
                    bytes[ready] = byte;
                    ready += 1;
                }
                Err(malformed) => self.malformed = Some(malformed),
            }
        }
        // What follows the answer is nothing that was asked for.
        self.has_more |= read < bytes.len();
        Progress { ready: ready - from, kept: 0, is_last: self.at == At::End && was_at != At::End }
    }

    /// Takes a byte that is not a chunk's data. Says whether the client is to see it.
    fn step(&mut self, byte: u8) -> Result<bool, Malformed> {
        let malformed = |what| Err(Malformed(what));
        let (next, is_shown) = match (self.at, byte) {
            (At::FirstDigit | At::Digit, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16).map_or(0, u64::from);
                let size = self.size.checked_mul(16).and_then(|size| size.checked_add(digit));
                self.size = size.ok_or(Malformed("the size of a chunk has no end"))?;
                // Zeros in front change nothing, and a size of nothing else is that of the last chunk.
                (At::Digit, self.size > 0)
            }
            (At::FirstDigit, _) => return malformed("a chunk has no size"),
            (At::Digit | At::Space, b' ' | b'\t') => (At::Space, false),
            (At::Digit | At::Space, b';') => (At::Extension, false),
            (At::Digit | At::Space | At::Extension, b'\r') => (At::SizeLf, self.size > 0),
            (At::Digit | At::Space, _) => return malformed("the size of a chunk is no number"),
            (At::Extension, b'\n') => return malformed("a line end without a CR within a chunk's extension"),
            (At::Extension, _) => {
                self.extension_bytes += 1;
                if self.extension_bytes >= MOST_EXTENSION_BYTES {
                    return malformed("the chunks have more than 16 KiB of extensions");
                }
                (At::Extension, false)
            }
            (At::SizeLf, b'\n') if self.size == 0 => (At::Line, false),
            (At::SizeLf, b'\n') => (At::Data, true),
            (At::SizeLf, _) => return malformed("a CR without LF behind a chunk's size"),
            (At::DataCr, b'\r') => (At::DataLf, true),
            (At::DataLf, b'\n') => (At::FirstDigit, true),
            (At::DataCr | At::DataLf, _) => return malformed("a chunk is longer than its size"),
            (At::Line, b'\r') if self.trailers.len() + 2 <= MOST_TRAILER_BYTES => (At::LastLf, false),
            (At::Line | At::Trailer, _) => {
                self.trailers.push(byte);
                if self.trailers.len() >= MOST_TRAILER_BYTES {
                    return malformed("the answer has more than 16 KiB of trailers");
                }
                (if byte == b'\r' { At::TrailerLf } else { At::Trailer }, false)
            }
            (At::TrailerLf, b'\n') => {
                self.trailers.push(byte);
                self.trailer_lines += 1;
                if self.trailer_lines > MOST_HEADERS {
                    return malformed("the answer has more than 100 trailers");
                }
                (At::Line, false)
            }
            (At::LastLf, b'\n') => {
                check_trailers(&self.trailers, self.trailer_lines)?;
                (At::End, false)
            }
            (At::TrailerLf | At::LastLf, _) => return malformed("a CR without LF in the trailers"),
            (At::Data | At::End, _) => (self.at, false),
        };
        self.at = next;
        Ok(is_shown)
    }
}

/// Checks lines of header fields, which are not handed on.
fn check_trailers(lines: &[u8], count: usize) -> Result<(), Malformed> {
    if lines.is_empty() {
        return Ok(());
    }
    // As many as there are lines: one that has others within has bare line ends.
    let mut fields = [httparse::EMPTY_HEADER; MOST_HEADERS];
    match httparse::parse_headers(&[lines, b"\r\n"].concat(), &mut fields[..count]) {
        Ok(httparse::Status::Complete(_)) => Ok(()),
        _ => Err(Malformed("the trailers are no header fields")),
    }
}

/// The length of the head that these bytes begin with, up to and with its empty line, of which the first bytes were searched before.
fn end_of_head(bytes: &[u8], searched: usize) -> Option<usize> {
    let mut from = searched.saturating_sub(3);
    while let Some(line) = bytes.get(from..)?.iter().position(|&byte| byte == b'\n') {
        let next = from + line + 1;
        match bytes.get(next..)? {
            [b'\n', ..] => return Some(next + 1),
            [b'\r', b'\n', ..] => return Some(next + 2),
            _ => from = next,
        }
    }
    None
}

/// The length of the line end that a head ends with for now, where it is not known yet whether its line goes on in the next one. Only a header
/// field does; what is none is wrong by now.
fn open_line_end(head: &[u8]) -> usize {
    let line_end = match *head {
        [.., b'\r', b'\n'] => 2,
        [.., b'\r' | b'\n'] => 1,
        _ => return 0,
    };
    let lines = &head[..head.len() - line_end];
    match lines.iter().rposition(|&byte| byte == b'\n') {
        Some(end) if lines[end..].contains(&b':') => line_end,
        _ => 0,
    }
}

/// The length of a 1xx head, which the client does not see, and so does not check; `None` if it is not complete.
fn end_of_informational(head: &[u8]) -> Result<Option<usize>, Malformed> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Response::new(&mut fields);
    let mut config = httparse::ParserConfig::default();
    config.allow_obsolete_multiline_headers_in_responses(true);
    match config.parse_response(&mut parsed, head) {
        Ok(httparse::Status::Complete(length)) => Ok(Some(length)),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(_) => Err(Malformed("a malformed 1xx before the answer")),
    }
}

/// Whether this may become the status line of a 1xx.
fn may_be_informational(start: &[u8]) -> bool {
    start.iter().enumerate().all(|(at, byte)| match at {
        0..7 => *byte == VERSION[at],
        7 => matches!(byte, b'0' | b'1'),
        8 => *byte == b' ',
        9 => *byte == b'1',
        _ => byte.is_ascii_digit(),
    })
}

/// The status, where the head begins as heads do.
fn status(head: &[u8]) -> Option<u16> {
    std::str::from_utf8(head.get(..STATUS_END)?.strip_prefix(VERSION)?.get(2..)?).ok()?.parse().ok()
}

/// Puts spaces in the place of the line ends within folded header lines (RFC 9112, section 5.2).
fn unfold(head: &mut [u8]) {
    let mut line_ends = 0;
    for at in 0..head.len() {
        if head[at] == b'\n' {
            line_ends += 1;
            // What would be folded behind the status line is not.
            if line_ends > 1 && matches!(head.get(at + 1), Some(b' ' | b'\t')) {
                head[at] = b' ';
                if head[at - 1] == b'\r' {
                    head[at - 1] = b' ';
                }
            }
        }
    }
}

/// Gives another name to a length that is none, of a body that does not come: it says nothing of this answer (RFC 9110, section 8.6). Says
/// whether there is one that no answer can have.
fn hide_length(head: &mut [u8]) -> bool {
    const NAME: &[u8] = b"content-length:";
    let mut is_beyond = false;
    for line in head.split_mut(|&byte| byte == b'\n') {
        if let Some((name, value)) = line.split_at_mut_checked(NAME.len())
            && name.eq_ignore_ascii_case(NAME)
        {
            match std::str::from_utf8(value).ok().and_then(|value| value.trim().parse::<u64>().ok()) {
                Some(length) => is_beyond |= length > LONGEST_BODY,
                None => name[0] = b'x',
            }
        }
    }
    is_beyond
}

/// Whether the body comes in chunks: they are the last of the transfer codings.
fn is_chunked(head: &[u8]) -> bool {
    const NAME: &[u8] = b"transfer-encoding:";
    let mut codings = head.rsplit(|&byte| byte == b'\n').filter_map(|line| {
        let (name, value) = line.split_at_checked(NAME.len())?;
        name.eq_ignore_ascii_case(NAME).then_some(value)
    });
    let last = codings.next().and_then(|value| value.trim_ascii().rsplit(|&byte| byte == b',').next());
    last.is_some_and(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"chunked"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
