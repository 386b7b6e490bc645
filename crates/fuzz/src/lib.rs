//! What must hold whatever bytes come from outside.
//!
//! Each target takes any bytes, gives them to what reads such bytes in the other crates, and asserts what it promises: not only that
//! it does not panic. The targets know nothing of who makes the bytes up: `tests/replay.rs` does on stable Rust, from the corpus and
//! mutations of it, and libFuzzer does under `cargo fuzz`.
//!
//! It deliberately starts no process: what needs one is in `conformance`. The one target with a server, `answers`, has it in this process.

mod answers;
mod codes;
mod contenders;
mod download;
mod gif;
mod input;
mod loopback;
mod redirects;
mod report;
mod retry_after;
mod samples;
mod worker_replies;
mod worker_requests;

/// Asserts what must hold for these bytes.
pub type Target = fn(&[u8]);

/// All targets, by name. Each has a folder of this name in `corpus`.
pub const TARGETS: [(&str, Target); 12] = [
    ("answers", answers::target),
    ("codes", codes::target),
    ("contenders", contenders::target),
    ("download", download::target),
    ("gif", gif::target),
    ("loopback", loopback::target),
    ("redirects", redirects::target),
    ("report", report::target),
    ("retry_after", retry_after::target),
    ("samples", samples::target),
    ("worker_requests", worker_requests::target),
    ("worker_replies", worker_replies::target),
];

/// The target of this name.
///
/// # Panics
/// There is none.
pub fn target(name: &str) -> Target {
    let found = TARGETS.into_iter().find(|(other, _)| *other == name);
    found.unwrap_or_else(|| panic!("there is no target {name}")).1
}
