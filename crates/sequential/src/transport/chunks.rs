//! A body in chunks: their sizes checked, their extensions and trailers left out.

use common::MOST_HEADERS;

use super::head::Malformed;

/// The most bytes of all extensions of an answer's chunks, and of its trailers: what the asynchronous client accepts.
const MOST_EXTENSION_BYTES: usize = 16 << 10;
const MOST_TRAILER_BYTES: usize = 16 << 10;

/// How far a body in chunks has come.
#[derive(Debug, Default)]
pub struct Chunks {
    at: At,
    /// The size of the chunk, or what is left of it.
    size: u64,
    extension_bytes: usize,
    trailers: Vec<u8>,
    trailer_lines: usize,
    /// Something came behind the answer.
    pub has_more: bool,
    /// What is wrong behind all that the client was shown.
    pub malformed: Option<Malformed>,
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

impl Chunks {
    /// Goes through the bytes from `from` on, which are not seen yet.
    pub fn advance(&mut self, bytes: &mut [u8], from: usize) -> Progress {
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

    /// Whether all of the body has come.
    pub fn is_complete(&self) -> bool {
        self.at == At::End
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
