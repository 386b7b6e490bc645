//! The page of faults is made from the cases.

use std::{env, fs};

#[test]
fn the_page_of_faults_is_that_of_the_cases() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/faults.md");
    let page = conformance::faults::markdown();
    if env::var_os("WRITE_FAULTS").is_some() {
        fs::write(path, &page).unwrap();
    }
    let advice = "write it again with `WRITE_FAULTS=1 cargo test -p conformance`";
    assert!(fs::read_to_string(path).unwrap_or_default() == page, "docs/faults.md is out of date: {advice}");
}
