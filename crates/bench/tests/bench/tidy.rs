//! The shape of the repository, which its users' card lays down.

use std::fs;
use std::path::Path;

/// What may stand at the top, beside dot-files.
const TOP: [&str; 7] = ["Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "crates", "results", "scripts"];

/// What our programs make there, and git ignores.
const MADE: [&str; 2] = ["downloaded", "target"];

#[test]
fn nothing_stands_at_the_top_that_does_not_belong_there() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let names = fs::read_dir(top).expect("the top of the repository").map(|entry| entry.expect("an entry").file_name());
    let strays: Vec<_> = names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str()) && !MADE.contains(&name.as_str()))
        .collect();
    assert!(strays.is_empty(), "these do not belong at the top: {strays:?}");
}

/// The one crate with `unsafe` code, which has nothing else: it copies a process that has just begun.
const UNSAFE: &str = "clone-parent";

#[test]
fn unsafe_code_is_forbidden_in_every_crate_but_one() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let workspace = &read(&top.join("Cargo.toml"))["workspace"]["lints"];
    assert_eq!(workspace["rust"]["unsafe_code"].as_str(), Some("forbid"));
    for entry in fs::read_dir(top.join("crates")).expect("the crates") {
        let entry = entry.expect("an entry");
        if !entry.path().is_dir() {
            continue;
        }
        let lints = &read(&entry.path().join("Cargo.toml"))["lints"];
        if entry.file_name() == UNSAFE {
            assert_eq!(lints["rust"]["unsafe_code"].as_str(), Some("deny"));
            assert_eq!(lints["clippy"], workspace["clippy"], "its other lints are the workspace's");
        } else {
            let takes_over = lints.get("workspace").and_then(toml::Value::as_bool);
            assert_eq!(takes_over, Some(true), "{} does not take over the workspace's lints", entry.path().display());
        }
    }
}

fn read(path: &Path) -> toml::Table {
    fs::read_to_string(path).expect("a manifest").parse().expect("TOML")
}
