//! Every target with its corpus, and with mutations of it: the same ones each time.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use fastrand::Rng;
use fuzz::{TARGETS, Target};

/// How many mutations each target gets, unless `FUZZ_MUTATIONS` says something else.
const MUTATIONS: u64 = 2_000;

/// Numbers at which arithmetic ends.
const NUMBERS: [&str; 8] = ["0", "1", "-1", "4294967296", "1099511627776", "18446744073709551615", "1e300", "1e-300"];

/// The longest input.
const LONGEST: usize = 16 * 1024;

/// A test for each target, so that they run side by side.
macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name));
        })*

        #[test]
        fn each_target_has_a_test_a_corpus_and_a_fuzzer() {
            let names = TARGETS.map(|(name, _)| name);
            assert_eq!(names[..], [$(stringify!($name)),*]);
            let here = Path::new(env!("CARGO_MANIFEST_DIR"));
            let fuzzers = fs::read_to_string(here.join("libfuzzer/Cargo.toml")).expect("the fuzzers");
            for name in names {
                assert!(!corpus(name).is_empty(), "{name} has no corpus");
                assert!(fuzzers.contains(&format!("name = \"{name}\"")), "{name} has no fuzzer");
            }
            assert_eq!(fs::read_dir(here.join("corpus")).expect("the corpus").count(), names.len());
        }
    };
}

targets! {
    answers
    codes
    contenders
    download
    gif
    loopback
    redirects
    report
    retry_after
    samples
    worker_requests
    worker_replies
}

fn replay(name: &str) {
    let (target, corpus) = (fuzz::target(name), corpus(name));
    corpus.iter().for_each(|(file, bytes)| run(target, bytes, file));
    let mut random = Rng::with_seed(20);
    let mutations = std::env::var("FUZZ_MUTATIONS").map_or(MUTATIONS, |number| number.parse().expect("a number"));
    for number in 0..mutations {
        let bytes = mutation(&corpus, &mut random);
        run(target, &bytes, &format!("mutation {number}"));
    }
}

fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the folder of the corpus")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.display().to_string(), fs::read(&path).expect("a file of the corpus")))
        .collect();
    files.sort();
    files
}

fn run(target: Target, bytes: &[u8], what: &str) {
    if catch_unwind(AssertUnwindSafe(|| target(bytes))).is_err() {
        panic!("{what} is answered wrongly: b\"{}\"", bytes.escape_ascii());
    }
}

/// Where the next number is; the empty range at the end, if there is none.
fn number_after(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let is_in_a_number = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let start = bytes[at..].iter().position(u8::is_ascii_digit).map_or(bytes.len(), |length| at + length);
    let end = bytes[start..].iter().position(|byte| !is_in_a_number(byte)).map_or(bytes.len(), |length| start + length);
    start..end
}

/// One of the corpus, with a few changes.
fn mutation(corpus: &[(String, Vec<u8>)], random: &mut Rng) -> Vec<u8> {
    let below = |random: &mut Rng, limit: usize| random.usize(..limit.max(1));
    let mut bytes = corpus[below(random, corpus.len())].1.clone();
    for _ in 0..=below(random, 4) {
        let at = below(random, bytes.len() + 1);
        let end = at + below(random, (bytes.len() - at).min(32) + 1);
        match below(random, 8) {
            0 => bytes.insert(at, random.u8(..)),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.extend_from_within(at..end),
            3 => bytes.truncate(at),
            4 => {
                let other = &corpus[below(random, corpus.len())].1;
                let from = below(random, other.len() + 1);
                bytes.splice(at..end, other[from..].iter().take(64).copied());
            }
            5 | 6 => {
                let number = NUMBERS[below(random, NUMBERS.len())];
                drop(bytes.splice(number_after(&bytes, at), number.bytes()));
            }
            _ if at < bytes.len() => bytes[at] ^= 1 << below(random, 8),
            _ => {}
        }
    }
    bytes.truncate(LONGEST);
    bytes
}
