//! An HTTP answer with a length, which is all that the bare sockets understand.

use std::io::Read;

use anyhow::{Context, Result, bail};

/// What has come of the answer so far. It keeps its memory from one answer to the next.
#[derive(Debug)]
pub struct Answer {
    buffer: Vec<u8>,
    filled: usize,
    /// The status, where the body begins and where it ends, once the head is whole.
    head: Option<(u16, usize, usize)>,
}

impl Answer {
    /// Nothing so far.
    pub fn new() -> Self {
        Self { buffer: vec![0; 64 << 10], filled: 0, head: None }
    }

    /// Reads once. Returns the status and the body if that was all.
    pub fn read(&mut self, stream: &mut impl Read) -> Result<Option<(u16, &[u8])>> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        match stream.read(&mut self.buffer[self.filled..])? {
            0 => bail!("the server closed the connection within an answer"),
            n => self.filled += n,
        }
        if self.head.is_none() {
            self.head = head(&self.buffer[..self.filled])?;
        }
        match self.head {
            Some((status, begin, end)) if self.filled == end => {
                (self.filled, self.head) = (0, None);
                Ok(Some((status, &self.buffer[begin..end])))
            }
            Some((_, _, end)) if self.filled > end => bail!("the answer is longer than it said"),
            _ => Ok(None),
        }
    }
}

fn head(bytes: &[u8]) -> Result<Option<(u16, usize, usize)>> {
    let Some(length) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = str::from_utf8(&bytes[..length]).context("the answer is no HTTP")?;
    let status = text.get(9..12).and_then(|status| status.parse().ok()).context("the answer has no status")?;
    let body = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let begin = length + 4;
    Ok(Some((status, begin, begin + body.context("the answer has no length")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_comes_in_pieces_is_put_together_and_the_next_one_starts_anew() {
        let mut answer = Answer::new();
        for _ in 0..2 {
            for piece in ["HTTP/1.1 200 OK\r\nContent-", "Length: 5\r\n\r\nGI", "F8"] {
                assert_eq!(answer.read(&mut piece.as_bytes()).unwrap(), None);
            }
            assert_eq!(answer.read(&mut "9".as_bytes()).unwrap(), Some((200, b"GIF89".as_slice())));
        }
    }

    #[test]
    fn an_answer_that_is_cut_or_too_long_is_an_error() {
        let error = |text: &str| Answer::new().read(&mut text.as_bytes()).unwrap_err().to_string();
        assert!(error("").contains("closed"));
        assert!(error("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nGIF").contains("longer"));
        assert!(error("HTTP/1.1 200 OK\r\n\r\n").contains("no length"));
    }
}
