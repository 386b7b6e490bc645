//! Files of contenders, in the form of `bench.toml`.

use std::path::Path;
use std::sync::LazyLock;

use bench::plan::contenders::parse;
use bench::plan::placeholders::Values;
use bench::plan::workload::{Time, Work, Workload};

static VALUES: LazyLock<Values> = LazyLock::new(|| {
    let lists = tempfile::tempdir().expect("a folder for the lists");
    let workload = Workload::new(Work::flags(2, &["BR".into(), "CN".into()], 2, None, 20), Time::Wall);
    let url = "http://127.0.0.1:1/flags";
    Values::new(&workload, url, Path::new("/bin"), Path::new("/dest"), lists.path()).expect("values")
});

/// Each contender that is accepted has a program, and each command that is made has nothing left to fill in.
pub fn target(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Ok(contenders) = parse(text, Path::new("/here")) else { return };
    for contender in contenders {
        assert!(!contender.command.is_empty());
        for workload in Workload::defaults() {
            assert!(contender.workers(&workload) <= workload.work.count());
        }
        if let Ok(command) = VALUES.command(&contender) {
            let only_codes = contender.command.iter().all(|word| word == "{codes}");
            assert!(!command.is_empty() && (only_codes || command.len() >= contender.command.len()));
            // Two braces stand for one, so only what has such a pair may have one left.
            let has_pair = contender.command.iter().any(|word| word.contains("{{"));
            assert!(has_pair || command.iter().all(|word| !word.to_string_lossy().contains('{')), "{command:?}");
        }
    }
}
