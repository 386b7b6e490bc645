//! The head of an answer: where it ends, and what it says of the body.

use std::mem;

use common::{LONGEST_BODY, MOST_HEADERS};
use memchr::{memchr, memchr_iter};

/// How an answer begins, and where its status ends.
const VERSION: &[u8] = b"HTTP/1.";
pub const STATUS_END: usize = "HTTP/1.1 200".len();

/// Why no client may accept an answer.
#[derive(Clone, Copy, Debug)]
pub struct Malformed(pub &'static str);

/// The length of the head that these bytes begin with, up to and with its empty line, of which the first bytes were searched before.
pub fn end_of_head(bytes: &[u8], searched: usize) -> Option<usize> {
    let mut from = searched.saturating_sub(3);
    while let Some(line) = memchr(b'\n', bytes.get(from..)?) {
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
pub fn open_line_end(head: &[u8]) -> usize {
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
pub fn end_of_informational(head: &[u8]) -> Result<Option<usize>, Malformed> {
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
pub fn may_be_informational(start: &[u8]) -> bool {
    start.iter().enumerate().all(|(at, byte)| match at {
        0..7 => *byte == VERSION[at],
        7 => matches!(byte, b'0' | b'1'),
        8 => *byte == b' ',
        9 => *byte == b'1',
        _ => byte.is_ascii_digit(),
    })
}

/// The status, where the head begins as heads do.
pub fn status(head: &[u8]) -> Option<u16> {
    std::str::from_utf8(head.get(..STATUS_END)?.strip_prefix(VERSION)?.get(2..)?).ok()?.parse().ok()
}

/// Puts spaces in the place of the line ends within folded header lines (RFC 9112, section 5.2).
pub fn unfold(head: &mut [u8]) {
    // What would be folded behind the status line is not.
    let Some(mut at) = memchr(b'\n', head) else { return };
    while let Some(line) = memchr(b'\n', &head[at + 1..]) {
        at += 1 + line;
        if matches!(head.get(at + 1), Some(b' ' | b'\t')) {
            head[at] = b' ';
            if head[at - 1] == b'\r' {
                head[at - 1] = b' ';
            }
        }
    }
}

/// Gives another name to a length that is none, of a body that does not come: it says nothing of this answer (RFC 9110, section 8.6). Says
/// whether there is one that no answer can have.
pub fn hide_length(head: &mut [u8]) -> bool {
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
pub fn is_chunked(head: &[u8]) -> bool {
    const NAME: &[u8] = b"transfer-encoding:";
    let mut start = 0;
    let lines = memchr_iter(b'\n', head).map(|end| &head[mem::replace(&mut start, end + 1)..end]);
    let codings = lines.filter_map(|line| {
        let (name, value) = line.split_at_checked(NAME.len())?;
        name.eq_ignore_ascii_case(NAME).then_some(value)
    });
    let last = codings.last().and_then(|value| value.trim_ascii().rsplit(|&byte| byte == b',').next());
    last.is_some_and(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"chunked"))
}
