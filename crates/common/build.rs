//! Names the version, in release builds with the commit, for `--version`.

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A development build would be done anew after each commit; outside of git there is none.
    let commit = env::var("PROFILE")
        .is_ok_and(|profile| profile == "release")
        .then(|| git(&["rev-parse", "--short=10", "HEAD"]))
        .flatten();
    let commit = commit.map(|commit| format!(" ({commit})")).unwrap_or_default();
    println!("cargo::rustc-env=SIDE_BY_SIDE_VERSION={}{commit}", env!("CARGO_PKG_VERSION"));
    // Each commit and each checkout adds a line to it. A file that does not exist would mean a build each time.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|log| Path::new(log).exists());
    if let Some(log) = log.filter(|_| !commit.is_empty()) {
        println!("cargo::rerun-if-changed={log}");
    }
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
