//! The 194 flags of the chapter's list, each as a GIF 500 pixels wide, with the country's name.
//!
//! `build.rs` renders them once, from drawings by Twemoji (CC-BY 4.0: see `NOTICE`), so that only a
//! program that serves flags pays for them, and no running program ever draws.
//!
//! A picture that has many of them takes the [`drawing`]s instead: they are small, and sharp at every size.
//!
//! This crate deliberately does nothing else: it knows no server, reads no file, decodes no image.

mod codes;

/// One flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlagImage {
    /// The country's code, upper case: `BR`.
    pub code: &'static str,
    /// The country's name in English: `Brazil`.
    pub country: &'static str,
    /// The image: a whole GIF file.
    pub gif: &'static [u8],
}

/// All the flags, sorted by code.
pub fn all() -> &'static [FlagImage] {
    static ALL: [FlagImage; codes::CODES.len()] = include!(concat!(env!("OUT_DIR"), "/flags.rs"));
    &ALL
}

/// The flag of a country, by its upper-case code, if it is on the list.
pub fn find(code: &str) -> Option<&'static FlagImage> {
    let place = all().binary_search_by_key(&code, |flag| flag.code).ok()?;
    Some(&all()[place])
}

/// The drawing of a flag, by its upper-case code: elements of SVG without an id, in colours of their own, which fill
/// 36 × 26 units from (0, 5).
pub fn drawing(code: &str) -> Option<&'static str> {
    // Apart from the images, so that a program has no more of either than it uses.
    static DRAWINGS: [&str; codes::CODES.len()] = include!(concat!(env!("OUT_DIR"), "/drawings.rs"));
    codes::CODES.binary_search(&code).ok().map(|place| DRAWINGS[place])
}
