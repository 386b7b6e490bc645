//! Recorded samples: a byte that says where a crash cut the file off, then `samples.csv`.

use std::path::Path;

use bench::record::sample::{Sample, SampleFile, parse};

use crate::input::Input;

/// What was read is written as it was read; and what a crash cuts off costs nothing else.
pub fn target(bytes: &[u8]) {
    let mut input = Input(bytes);
    let place = usize::from(input.number());
    let Ok(text) = str::from_utf8(input.0) else { return };
    let Ok(samples) = parse(text) else { return };
    let written = write(&samples);
    assert_eq!(parse(&written).expect("what was written"), samples);

    let cut = (0..=place % (written.len() + 1)).rev().find(|&at| written.is_char_boundary(at)).unwrap_or(0);
    let left = parse(&written[..cut]).expect("what a crash left");
    assert_eq!(left, samples[..left.len()]);
    let whole = samples.iter().enumerate().take_while(|(row, _)| write(&samples[..=*row]).len() <= cut).count();
    assert_eq!(left.len(), whole);
}

fn write(samples: &[Sample]) -> String {
    let mut bytes = Vec::new();
    let mut file = SampleFile::new(&mut bytes, Path::new("samples.csv"));
    samples.iter().for_each(|sample| file.append(sample).expect("memory takes everything"));
    drop(file);
    String::from_utf8(bytes).expect("text that was written")
}
