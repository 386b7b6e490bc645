//! Whether bytes are a whole GIF image.
//!
//! A body without a length that is cut short looks complete to every HTTP client; only the image's own form can tell. So the
//! blocks of the file are walked (GIF89a specification, appendix B), there must be an image among them, and the trailer must be the last
//! byte.

/// Whether `bytes` are one whole GIF image, or what is wrong with them.
///
/// # Errors
/// What is wrong, as a fragment that fits after "not a GIF: ".
pub fn check(bytes: &[u8]) -> Result<(), &'static str> {
    if bytes.is_empty() {
        return Err("the body is empty");
    }
    if !(bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a")) {
        return Err("it does not begin with GIF87a or GIF89a");
    }
    match walk(bytes) {
        Ok(end) if end == bytes.len() => Ok(()),
        Ok(_) => Err("something follows its trailer byte 3B"),
        Err(what) => Err(what),
    }
}

/// Where the file ends: one past its trailer.
fn walk(bytes: &[u8]) -> Result<usize, &'static str> {
    const SCREEN_DESCRIPTOR: usize = 13;
    const IMAGE_DESCRIPTOR: usize = 10;
    const CUT: &str = "it is cut: its blocks do not end with the trailer byte 3B";
    let byte = |at: usize| bytes.get(at).copied().ok_or(CUT);
    let mut at = SCREEN_DESCRIPTOR + colour_table(byte(10)?);
    let mut images = 0;
    loop {
        match byte(at)? {
            0x3B if images == 0 => return Err("there is no image in it"),
            0x3B => return Ok(at + 1),
            // An extension: its label, then sub-blocks.
            0x21 => at = sub_blocks(bytes, at + 2).ok_or(CUT)?,
            // An image: its descriptor, perhaps a colour table, the code size, then sub-blocks.
            0x2C => {
                let data = at + IMAGE_DESCRIPTOR + colour_table(byte(at + 9)?);
                if [5, 7].iter().any(|side| bytes[at + side..at + side + 2] == [0, 0]) {
                    return Err("an image in it has no size");
                }
                // Codes begin with one bit more, and have 12 at most (appendix F).
                if !(2..=11).contains(&byte(data)?) {
                    return Err("the code size of an image in it is not from 2 to 11");
                }
                at = sub_blocks(bytes, data + 1).ok_or(CUT)?;
                images += 1;
            }
            _ => return Err(CUT),
        }
    }
}

/// The size of the colour table that these packed flags announce.
fn colour_table(packed: u8) -> usize {
    if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) }
}

/// One past the empty sub-block that ends the run of sub-blocks at `at`.
fn sub_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let size = usize::from(*bytes.get(at)?);
        at += 1 + size;
        if size == 0 {
            return Some(at);
        }
    }
}

/// One pixel, with a colour table of two colours and a comment that holds a trailer byte.
#[cfg(test)]
pub(crate) const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\
    \x21\xfe\x03a;b\x00\
    \x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_image_passes() {
        assert_eq!(check(PIXEL), Ok(()));
    }

    #[test]
    fn every_cut_is_seen_even_behind_a_trailer_byte() {
        for length in 0..PIXEL.len() {
            assert!(check(&PIXEL[..length]).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn a_file_without_an_image_that_can_be_shown_is_no_gif() {
        let [screen, image] = [&PIXEL[..19], &PIXEL[26..]];
        assert_eq!(image[0], 0x2c);
        let with = |at: usize, byte: u8| {
            let mut image = image.to_vec();
            image[at] = byte;
            check(&[screen, &image].concat())
        };
        assert_eq!(check(&[screen, image].concat()), Ok(()));
        assert_eq!(check(&[screen, b";"].concat()), Err("there is no image in it"));
        assert_eq!((with(5, 0), with(7, 0)), (Err("an image in it has no size"), Err("an image in it has no size")));
        for size in [0, 1, 12, 200] {
            assert_eq!(with(10, size), Err("the code size of an image in it is not from 2 to 11"), "{size}");
        }
        assert_eq!((with(10, 2), with(10, 11)), (Ok(()), Ok(())));
    }

    #[test]
    fn other_things_are_no_gif() {
        assert_eq!(check(b"<html>sign in, please;"), Err("it does not begin with GIF87a or GIF89a"));
        assert_eq!(check(&[PIXEL, b";"].concat()), Err("something follows its trailer byte 3B"));
    }
}
