//! Draws the flags: 194 SVG drawings of the `twemoji-assets` crate become 194 GIFs in `OUT_DIR`, and
//! `flags.rs` beside them lists them for `src/lib.rs`, as `drawings.rs` does the drawings themselves.
//!
//! It happens here and not when a server starts because drawing takes seconds of processor time,
//! and a server that is busy drawing would distort the runs that are measured against it.

use gif::{Encoder, Frame};
use resvg::tiny_skia::{Color, Pixmap, PremultipliedColorU8, Transform};
use resvg::usvg::{Options, Tree};
use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};
use twemoji_assets::svg::SvgTwemojiAsset;

#[path = "src/codes.rs"]
mod codes;

/// The width of every image, in pixels: that of the set which the chapter's readers download.
const WIDTH: u16 = 500;

/// The height, in pixels. On Twemoji's canvas of 36 × 36 a flag lies between y = 5 and y = 31.
const HEIGHT: u16 = 361;

/// The most colours that we keep. A flag has a dozen; the rest are the mixtures along its edges, and
/// with more of them than this the files grow and the eye sees no gain.
const MOST_COLOURS: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/codes.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut list = String::from("[\n");
    let mut drawings = Vec::new();
    for code in codes::CODES {
        let drawing =
            SvgTwemojiAsset::from_emoji(&emoji(code)).ok_or_else(|| format!("no drawing of the flag of {code}"))?;
        let country = drawing
            .label
            .and_then(|label| label.strip_prefix("flag: "))
            .ok_or_else(|| format!("no name of the country {code}"))?;
        fs::write(out.join(format!("{code}.gif")), to_gif(&draw(drawing)?)?)?;
        let gif = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{code}.gif\"))");
        writeln!(list, "FlagImage {{ code: {code:?}, country: {country:?}, gif: {gif} }},")?;
        drawings.push(marks(drawing).ok_or_else(|| format!("the drawing of {code} is no SVG"))?);
    }
    list.push(']');
    fs::write(out.join("flags.rs"), list)?;
    fs::write(out.join("drawings.rs"), format!("{drawings:?}"))?;
    Ok(())
}

/// What stands between a drawing's outermost tags.
fn marks(svg: &str) -> Option<&str> {
    svg.trim_end().strip_suffix("</svg>")?.split_once('>').map(|(_, marks)| marks)
}

/// The emoji of a flag: a regional indicator for each letter of the code.
fn emoji(code: &str) -> String {
    let indicator = |letter| char::from_u32(0x1F1E6 + u32::from(letter - b'A'));
    code.bytes().filter_map(indicator).collect()
}

/// Draws a flag on white: a GIF's transparency would leave the round corners jagged.
fn draw(svg: &str) -> Result<Pixmap, Box<dyn Error>> {
    let tree = Tree::from_str(svg, &Options::default())?;
    let mut canvas = Pixmap::new(WIDTH.into(), HEIGHT.into()).ok_or("an empty canvas")?;
    canvas.fill(Color::WHITE);
    let scale = f32::from(WIDTH) / 36.0;
    let place = Transform::from_scale(scale, scale).pre_translate(0.0, -5.0);
    resvg::render(&tree, place, &mut canvas.as_mut());
    Ok(canvas)
}

/// Encodes a drawing, with the colours that cover most of it as the palette.
///
/// The `gif` crate's own quantiser, made for photographs, would be nine tenths of the build's time.
fn to_gif(drawing: &Pixmap) -> Result<Vec<u8>, Box<dyn Error>> {
    // Flags are flat: counting runs of one colour instead of pixels looks most of them up once.
    let runs = || drawing.pixels().chunk_by(|a, b| a == b);
    let mut area: HashMap<[u8; 3], usize> = HashMap::new();
    for run in runs() {
        *area.entry(rgb(run[0])).or_default() += run.len();
    }
    let mut colours: Vec<([u8; 3], usize)> = area.into_iter().collect();
    // The colour itself breaks ties, so that every build makes the same bytes.
    colours.sort_unstable_by_key(|&(colour, area)| (std::cmp::Reverse(area), colour));

    let palette: Vec<[u8; 3]> = colours.iter().map(|c| c.0).take(MOST_COLOURS).collect();
    let index: HashMap<[u8; 3], u8> = colours.iter().map(|&(colour, _)| (colour, nearest(&palette, colour))).collect();
    let mut pixels = Vec::with_capacity(drawing.pixels().len());
    for run in runs() {
        pixels.resize(pixels.len() + run.len(), index[&rgb(run[0])]);
    }

    let mut encoder = Encoder::new(Vec::new(), WIDTH, HEIGHT, palette.as_flattened())?;
    encoder.write_frame(&Frame::from_indexed_pixels(WIDTH, HEIGHT, pixels, None))?;
    Ok(encoder.into_inner()?)
}

/// A pixel's colour; on an opaque canvas there is nothing to demultiply.
fn rgb(pixel: PremultipliedColorU8) -> [u8; 3] {
    [pixel.red(), pixel.green(), pixel.blue()]
}

/// The place in the palette of the colour least far from this one; for its own colours, their own.
fn nearest(palette: &[[u8; 3]], colour: [u8; 3]) -> u8 {
    let distance =
        |other: &[u8; 3]| -> u32 { colour.iter().zip(other).map(|(&a, &b)| u32::from(a.abs_diff(b)).pow(2)).sum() };
    (0u8..=u8::MAX).zip(palette).min_by_key(|(_, other)| distance(other)).map_or(0, |(i, _)| i)
}
