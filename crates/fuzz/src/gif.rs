//! The check that a body is a whole GIF image.

use common::gif::check;

/// What passes has both ends of a GIF, and passes no more when it is cut anywhere or goes on.
pub fn target(bytes: &[u8]) {
    if check(bytes).is_err() {
        return;
    }
    assert!(bytes.starts_with(b"GIF8") && bytes.ends_with(b"\x3B"));
    assert!(check(&[bytes, b"\x3B"].concat()).is_err());
    let step = bytes.len().div_ceil(1000);
    for cut in (0..bytes.len()).step_by(step) {
        assert!(check(&bytes[..cut]).is_err(), "cut at {cut}");
    }
}
