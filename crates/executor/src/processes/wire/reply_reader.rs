//! What a worker has replied, put together again from the pieces in which it comes.

use crate::processes::wire::items::SET_ASIDE;
use crate::processes::wire::reply::{Kind, next_reply};

/// What has come and cannot be handed on.
#[derive(Debug)]
pub struct ReplyReader {
    /// Whose replies these are.
    process: u32,
    /// The beginning of a reply.
    begun: Vec<u8>,
    /// Something else was written into the channel, so it is not known where the next reply begins.
    malformed: bool,
}

impl ReplyReader {
    /// Of this process.
    pub fn new(process: u32) -> Self {
        Self { process, begun: Vec::new(), malformed: false }
    }

    /// Takes the next piece, and hands on each reply that is complete with it; after [`Kind::Malformed`], none.
    pub fn take(&mut self, piece: &[u8], mut hand_on: impl FnMut(Kind, &[u8])) {
        if self.malformed {
            return;
        }
        let mut begun = std::mem::take(&mut self.begun);
        let mut rest = piece;
        if !begun.is_empty() {
            begun.extend_from_slice(piece);
            rest = &begun;
        }
        let missing = loop {
            match next_reply(&mut rest, self.process) {
                Ok((kind, body)) => {
                    self.malformed = kind == Kind::Malformed;
                    hand_on(kind, body);
                }
                Err(missing) => break missing,
            }
        };
        let left = rest.len();
        if begun.is_empty() {
            begun.extend_from_slice(&piece[piece.len() - left..]);
            if let Some(size) = missing {
                // Not all of it: what says how long it is may be junk. The buffer of a longer one grows as it comes.
                begun.reserve_exact((size - left).min(SET_ASIDE));
            }
        } else if left == 0 {
            begun = Vec::new();
        } else {
            begun.drain(..begun.len() - left);
        }
        self.begun = begun;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replies(pieces: &[&[u8]]) -> Vec<(Kind, Vec<u8>)> {
        let (mut reader, mut replies) = (ReplyReader::new(7), Vec::new());
        for piece in pieces {
            reader.take(piece, |kind, body| replies.push((kind, body.to_vec())));
        }
        replies
    }

    #[test]
    fn replies_are_the_same_wherever_they_are_cut() {
        let bytes =
            b"\0\x07\0\0\0\0\0\0\0\0\0\0\0\x03\x07\0\0\0\x04\0\0\0\0\0\0\0done\x04\x07\0\0\0\x02\0\0\0\0\0\0\0us";
        let whole = replies(&[bytes]);
        assert_eq!(whole.len(), 3);
        for cut in 0..bytes.len() {
            assert_eq!(replies(&[&bytes[..cut], &bytes[cut..]]), whole, "cut at {cut}");
        }
        assert_eq!(replies(&bytes.chunks(1).collect::<Vec<_>>()), whole);
    }

    #[test]
    fn after_a_malformed_reply_nothing_is_taken_for_a_reply() {
        let reply: &[u8] = b"\x03\x07\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(replies(&[reply, b"the task speaks", reply]), [(Kind::Done, vec![]), (Kind::Malformed, vec![])]);
        let anothers: &[u8] = b"\x03\x08\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(replies(&[reply, anothers, reply]), [(Kind::Done, vec![]), (Kind::Malformed, vec![])]);
    }

    #[test]
    fn a_length_that_is_junk_costs_no_memory() {
        for length in [1_u64 << 39, 1 << 40, u64::MAX - 8, u64::MAX] {
            let mut reader = ReplyReader::new(7);
            let mut kinds = Vec::new();
            reader.take(&[b"\x03\x07\0\0\0", &length.to_le_bytes()[..]].concat(), |kind, _| kinds.push(kind));
            assert!(reader.begun.capacity() <= 2 * SET_ASIDE);
            let expected = if length < 1 << 40 { vec![] } else { vec![Kind::Malformed] };
            assert_eq!(kinds, expected, "{length}");
        }
    }
}
