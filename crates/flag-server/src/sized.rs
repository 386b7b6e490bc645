//! Flags of one size, whatever their pictures take: what fills them up are comments, which no viewer shows (GIF89a specification, 24).

use crate::Code;
use std::ops::RangeInclusive;

/// The sizes that there are, in bytes: from a picture of one pixel with its code, to what a server holds 194 times in its memory.
pub const SIZES: RangeInclusive<usize> = 64..=1 << 20;

/// A picture of one pixel, up to where its comments may begin, and from there on.
const PIXEL: [&[u8]; 2] = [
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff",
    b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b",
];
const TRAILER: usize = 1;
/// What introduces a comment, and ends it.
const INTRODUCER: [u8; 2] = [0x21, 0xfe];
const END: [u8; 1] = [0];
/// The most bytes that a block of a comment takes: its length, and what it announces.
const LARGEST_BLOCK: usize = 256;

/// `gif`, filled up to `size` bytes; where that is too few for it, a pixel with a comment that says whose flag it stands for.
pub fn sized(gif: &[u8], code: Code, size: usize) -> Vec<u8> {
    let (start, end) = gif.split_at(gif.len() - TRAILER);
    match size.checked_sub(gif.len()) {
        Some(0) => gif.to_vec(),
        Some(rest) if comment_fits(rest) => [start, &comment(b"", rest), end].concat(),
        _ => {
            let [start, end] = PIXEL;
            [start, &comment(code.to_string().as_bytes(), size - start.len() - end.len()), end].concat()
        }
    }
}

/// Whether a comment with at least one byte can take so many bytes.
fn comment_fits(bytes: usize) -> bool {
    bytes >= INTRODUCER.len() + 2 + END.len()
}

/// A comment of so many bytes in all, which begins with these words.
fn comment(words: &[u8], bytes: usize) -> Vec<u8> {
    let mut comment = INTRODUCER.to_vec();
    let mut rest = bytes - INTRODUCER.len() - END.len();
    let mut text = words.iter().copied().chain(std::iter::repeat(b' '));
    while rest > 0 {
        // A block that holds nothing would end the comment: none may be left with one byte, its length.
        let block = if rest == LARGEST_BLOCK + 1 { LARGEST_BLOCK - 1 } else { rest.min(LARGEST_BLOCK) };
        comment.push((block - 1) as u8);
        comment.extend(text.by_ref().take(block - 1));
        rest -= block;
    }
    comment.extend(END);
    comment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_of_every_size_is_as_long_as_that_and_a_whole_gif() {
        for (code, gif) in flag_images::all().iter().take(3).map(|flag| (flag.code.parse().unwrap(), flag.gif)) {
            let near = (gif.len() - 6)..(gif.len() + 1_100);
            for size in (64..1_200).chain(near).chain([40_000, 1 << 20]) {
                let sized = sized(gif, code, size);
                assert_eq!(sized.len(), size, "{code}");
                assert_eq!(common::gif::check(&sized), Ok(()), "{code}: {size}");
            }
        }
    }

    #[test]
    fn small_flags_of_two_countries_differ_and_a_large_one_shows_what_it_did() {
        let [br, cn]: [Code; 2] = ["BR", "CN"].map(|code| code.parse().unwrap());
        let flag = flag_images::find("BR").unwrap().gif;
        assert_ne!(sized(flag, br, 64), sized(flag, cn, 64));
        assert!(sized(flag, br, 40_000).starts_with(&flag[..flag.len() - 1]));
        assert_eq!(sized(flag, br, flag.len()), flag);
    }
}
