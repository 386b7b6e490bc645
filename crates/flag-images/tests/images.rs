//! The flags as any reader of GIFs meets them.

use flag_images::{all, drawing, find};
use std::collections::HashSet;

#[test]
fn there_are_194_flags_sorted_by_code_each_with_its_country() {
    assert_eq!(all().len(), 194);
    assert!(all().is_sorted_by(|a, b| a.code < b.code));
    assert_eq!((all()[0].code, all()[193].code), ("AD", "ZW"));
    assert!(all().iter().all(|flag| !flag.country.is_empty()));
    let countries: HashSet<_> = all().iter().map(|flag| flag.country).collect();
    assert_eq!(countries.len(), 194);
}

#[test]
fn a_flag_is_found_by_its_upper_case_code_and_nothing_else_is() {
    assert_eq!(find("BR").map(|flag| flag.country), Some("Brazil"));
    for flag in all() {
        assert_eq!(find(flag.code), Some(flag));
    }
    for absent in ["AA", "br", "", "B", "BRA", "🇧🇷"] {
        assert_eq!(find(absent), None, "{absent}");
    }
}

#[test]
fn every_flag_is_a_whole_gif_of_the_same_shape_in_more_than_one_colour() {
    for flag in all() {
        assert!(flag.gif.starts_with(b"GIF89a"), "{}", flag.code);
        assert_eq!(flag.gif.last(), Some(&0x3B), "{} has no trailer", flag.code);
        assert!((1_000..20_000).contains(&flag.gif.len()), "{}: {}", flag.code, flag.gif.len());

        let mut decoder = gif::DecodeOptions::new().read_info(flag.gif).unwrap();
        assert_eq!((decoder.width(), decoder.height()), (500, 361), "{}", flag.code);
        let frame = decoder.read_next_frame().unwrap().unwrap();
        assert_eq!(frame.buffer.len(), 500 * 361);
        assert!(frame.buffer.iter().any(|pixel| *pixel != frame.buffer[0]), "{}", flag.code);
        assert!(decoder.read_next_frame().unwrap().is_none(), "{} has two frames", flag.code);
    }
}

#[test]
fn every_flag_has_a_drawing_that_refers_to_nothing_outside_of_it() {
    let drawings: HashSet<_> = all().iter().map(|flag| drawing(flag.code).unwrap()).collect();
    assert_eq!(drawings.len(), 194);
    for marks in drawings {
        assert!(marks.starts_with('<') && marks.ends_with('>'), "{marks}");
        for foreign in ["<svg", "<style", "<script", "id=", "href", "url("] {
            assert!(!marks.contains(foreign), "{foreign} in {marks}");
        }
    }
    assert_eq!((drawing("AA"), drawing("br")), (None, None));
}

#[test]
fn no_two_countries_have_the_same_file() {
    let files: HashSet<_> = all().iter().map(|flag| flag.gif).collect();
    // Twemoji draws Chad's and Romania's flags in tones of their own.
    assert_eq!(files.len(), 194);
}

#[test]
fn the_colours_are_the_drawings_own() {
    // Japan's: white, and the red of the disc in Twemoji's drawing.
    assert_eq!(colour_at("JP", 250, 20), [0xEE, 0xEE, 0xEE]);
    assert_eq!(colour_at("JP", 250, 180), [0xED, 0x1B, 0x2F]);
    // The round corner is cut out of white.
    assert_eq!(colour_at("JP", 0, 0), [0xFF, 0xFF, 0xFF]);
}

/// The colour of one pixel of a flag.
fn colour_at(code: &str, x: usize, y: usize) -> [u8; 3] {
    let mut decoder = gif::DecodeOptions::new().read_info(find(code).unwrap().gif).unwrap();
    let palette = decoder.palette().unwrap().to_vec();
    let index = usize::from(decoder.read_next_frame().unwrap().unwrap().buffer[y * 500 + x]);
    palette.as_chunks().0[index]
}

#[test]
#[cfg_attr(not(target_arch = "x86_64"), ignore = "other processors may round an edge's mixture otherwise")]
fn every_build_makes_the_same_bytes() {
    // FNV-1a over all the files: a different answer here means that runs recorded against earlier
    // builds were served other bytes, which is to be a decision and no accident.
    let bytes = all().iter().flat_map(|flag| flag.gif);
    let digest = bytes
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3));
    assert_eq!(digest, 0xF9DF_89DC_F972_91DE, "{digest:#018X}");
}
