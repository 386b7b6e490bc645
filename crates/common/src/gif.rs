//! Whether bytes are a whole GIF image.
//!
//! A body without a length that is cut short looks complete to every HTTP client; only the image's own form can tell. So the
//! blocks of the file are walked (GIF89a specification, appendix B), and the trailer must be the last byte.

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
        Some(end) if end == bytes.len() => Ok(()),
        Some(_) => Err("something follows its trailer byte 3B"),
        None => Err("it is cut: its blocks do not end with the trailer byte 3B"),
    }
}

/// Where the image ends: one past its trailer. `None` where it is cut or malformed.
fn walk(bytes: &[u8]) -> Option<usize> {
    const SCREEN_DESCRIPTOR: usize = 13;
    const IMAGE_DESCRIPTOR: usize = 10;
    let mut at = SCREEN_DESCRIPTOR + colour_table(*bytes.get(10)?);
    loop {
        match bytes.get(at)? {
            0x3B => return Some(at + 1),
            // An extension: its label, then sub-blocks.
            0x21 => at = sub_blocks(bytes, at + 2)?,
            // An image: its descriptor, perhaps a colour table, the code size, then sub-blocks.
            0x2C => at = sub_blocks(bytes, at + IMAGE_DESCRIPTOR + colour_table(*bytes.get(at + 9)?) + 1)?,
            _ => return None,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// One pixel, with a colour table of two colours and a comment that holds a trailer byte.
    const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\
        \x21\xfe\x03a;b\x00\
        \x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

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
    fn other_things_are_no_gif() {
        assert_eq!(check(b"<html>sign in, please;"), Err("it does not begin with GIF87a or GIF89a"));
        assert_eq!(check(&[PIXEL, b";"].concat()), Err("something follows its trailer byte 3B"));
    }
}
