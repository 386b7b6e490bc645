//! The table in BEHAVIOURS.md agrees with what is tested.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_test_that_the_table_names_exists() {
    let table = include_str!("../BEHAVIOURS.md");
    let mut functions = BTreeSet::new();
    collect_functions(Path::new(env!("CARGO_MANIFEST_DIR")), &mut functions);
    // A test's name is a sentence; what else is in backticks is shorter, or no name.
    let names = table.lines().filter(|line| line.starts_with('|')).flat_map(|line| line.split('`').skip(1).step_by(2));
    let tests = names.filter(|name| name.matches('_').count() >= 2 && name.chars().all(is_in_a_name));
    let tests: BTreeSet<_> = tests.filter(|name| *name != "max_tasks_per_child").map(str::to_owned).collect();
    assert!(tests.len() > 60, "the table names {} tests", tests.len());
    let missing: Vec<_> = tests.difference(&functions).collect();
    assert!(missing.is_empty(), "the table names tests that do not exist: {missing:?}");
}

#[test]
fn every_row_of_the_table_has_a_verdict() {
    let rows =
        include_str!("../BEHAVIOURS.md").lines().filter(|line| line.starts_with("| ") && !line.contains("| verdict |"));
    let verdicts = ["| holds |", "| differs |", "| no meaning |"];
    let without: Vec<_> = rows.filter(|row| !verdicts.iter().any(|verdict| row.contains(verdict))).collect();
    assert!(without.is_empty(), "rows without a verdict: {without:#?}");
}

/// Adds the names of all functions in the Rust files under a folder.
fn collect_functions(folder: &Path, functions: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect_functions(&path, functions);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("failed to read a source file");
            let names =
                text.split("fn ").skip(1).map(|rest| rest.split(|c| !is_in_a_name(c)).next().unwrap_or_default());
            functions.extend(names.map(str::to_owned));
        }
    }
}

fn is_in_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
