//! Odd limits, environments, arguments and standard streams, drawn from a seed.
//!
//! Whatever a program meets: it does not panic, its exit status is a documented one, and what it saved is whole. Some are tried each
//! time; the environment variable `CONFORMANCE_SURROUNDINGS` says how many instead.

use std::{
    env,
    ffi::OsStr,
    fs::{self, Permissions},
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
};

use crate::{
    flag_server::FlagServer,
    program::{Ended, Program},
    random::Random,
    verify::{Told, object, only_whole_flags},
};

/// Command lines, split at spaces; `BASE` is a server's. Bytes, as they need not be UTF-8.
const LINES: &[&[u8]] = &[
    b"flags --server BASE br cn zz",
    b"flags --server http://127.0.0.1:9/flags br",
    b"flags --server http://\xff/flags br",
    b"flags --server BASE --repeat 2 br \xff",
    b"primes 18446744073709551615 --numbers 18446744073709551615 0 1",
    b"primes --numbers 18446744073709551616",
    b"loiter --workers 18446744073709551615 0 0",
    b"loiter 1e308",
    b"sqrt --tasks 1 --workers 18446744073709551615 --repeat 1",
    b"--help",
    b"\xff",
];

/// More for `flags`.
const OPTIONS: &[&[u8]] = &[
    b"--max_req 18446744073709551615",
    b"--limit 18446744073709551615",
    b"--max-bytes 18446744073709551615",
    b"--max-bytes 0",
    b"--timeout 18446744073709551615",
    b"--timeout 1e-9",
    b"--retries 1",
    b"--verbose",
    b"--progress codes",
    b"--progress bar",
    b"--waterfall",
    b"--trace trace\xff",
    b"--dest dest\xff",
    b"--ca-cert \xff",
];

const VARIABLES: &[&str] = &["COLUMNS", "TERM", "LC_ALL", "LANG", "TZ", "NO_COLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"];

const VALUES: &[&[u8]] =
    &[b"", b"0", b"1", b"-1", b"18446744073709551616", b"4294967297", b"C.UTF-8", b"\xff\xfe", b"/etc/passwd"];

/// What a shell does before it starts the program.
const FIRST: &[&str] = &[
    "exec <&-",
    "exec >&-",
    "exec 2>&-",
    "exec </dev/full",
    "exec >/dev/full",
    "exec 2>/dev/full",
    "ulimit -n 4",
    "ulimit -n 6",
    "ulimit -n 8",
    "ulimit -n 9",
    "ulimit -n 10",
    "ulimit -n 13",
    "ulimit -f 0",
    "ulimit -c 0",
    "trap '' INT TERM HUP PIPE XFSZ CHLD",
];

pub fn no_panic_a_documented_status_and_whole_files(program: &Program) {
    let count = env::var("CONFORMANCE_SURROUNDINGS").ok().map_or(40, |count| count.parse().expect("it is a number"));
    let server = FlagServer::local();
    let mut random = Random::new(27);
    for _ in 0..count {
        let mut line = random.pick(LINES).to_vec();
        for _ in 0..random.below(4) {
            let option = if line.starts_with(b"flags") { random.pick(OPTIONS) } else { b"" };
            line = [&line, option].join(&b' ');
        }
        let json = random.below(2) == 0;
        let mut run = program.run("");
        for word in line.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
            let base = server.base();
            run = run.arg(OsStr::from_bytes(if word == b"BASE" { base.as_bytes() } else { word }));
        }
        if json {
            run = run.arg("--json");
        }
        for _ in 0..random.below(3) {
            run.command.env(random.pick(VARIABLES), OsStr::from_bytes(random.pick(VALUES)));
        }
        let first: Vec<_> = (0..random.below(3)).map(|_| random.pick(FIRST)).collect();
        let run = run.after(&[&["true"], first.as_slice()].concat().join("; "));
        let what = format!("{:?}", run.command);
        let ended = run.end();
        check(&what, &ended);
        let is_told = json
            && !line.starts_with(b"--help")
            && !ended.stdout.is_empty()
            && !first.contains(&"exec >/dev/full")
            && !first.contains(&"ulimit -f 0");
        if is_told && line.starts_with(b"flags") && !line.windows(6).any(|word| word == b"--dest") {
            Told::of(ended);
        } else if is_told {
            object(&ended);
        }
    }
}

/// For the superuser only: a process of its own user, so that it is counted alone.
pub fn few_threads(program: &Program) {
    let server = FlagServer::local();
    let user = (100_000 + std::process::id()).to_string();
    for line in [&format!("flags --server {} br cn -m 4", server.base()), "primes", "loiter 0 0", "sqrt --repeat 1"] {
        for processes in 1..6 {
            let limit = format!("--nproc={processes}");
            let mut run = program.run("");
            // Where another user may start it.
            let copy = run.home.path().join("program");
            fs::copy(program.path(), &copy).expect("a file in a fresh folder");
            fs::set_permissions(run.home.path(), Permissions::from_mode(0o777)).expect("our own folder");
            let (file, home, words) = (copy.to_str().expect("a name of ours"), run.home.path().to_owned(), line);
            let by = [
                &["--reuid", &user, "--clear-groups", "prlimit", &limit, "--", file],
                &*words.split(' ').collect::<Vec<_>>(),
            ];
            run.command = std::process::Command::new("setpriv");
            run.command.args(by.concat()).current_dir(home);
            let what = format!("{:?}", run.command);
            check(&what, &run.end());
        }
    }
}

/// For the superuser only, who may take them away.
pub fn no_proc_and_no_dev(program: &Program) {
    let server = FlagServer::local();
    for folder in ["/proc", "/dev"] {
        let without = format!("mount -t tmpfs none {folder} && exec \"$@\"");
        for line in
            [&format!("flags --server {} br cn", server.base()), "primes --numbers 7", "loiter 0", "sqrt --repeat 1"]
        {
            let run = program.run(&format!("{line} --json")).run_by("unshare", &["-m", "sh", "-c", &without, "sh"]);
            object(&run.end().ends_with(0));
        }
    }
}

fn check(what: &str, ended: &Ended) {
    assert!((0..=3).contains(&ended.status()), "{what}: {ended:?}");
    assert!(!ended.stderr.contains("panicked"), "{what}: {}", ended.stderr);
    only_whole_flags(ended);
}
