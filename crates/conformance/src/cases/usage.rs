//! Command lines that make no sense.

use crate::program::Program;

/// Arguments, and the words that must name what is wrong with them.
const WRONG: &[(&str, &[&str])] = &[
    ("flags xyz", &["\"xyz\""]),
    ("flags br 1", &["\"1\""]),
    ("flags -m 0", &["'0'", "--max_req", "at least 1"]),
    ("flags -m -1", &["--max_req"]),
    ("flags --max_req=-1", &["'-1'", "at least 1"]),
    ("flags -m many", &["'many'", "--max_req", "whole number"]),
    ("flags -m 99999999999999999999999", &["--max_req", "too large"]),
    ("flags -l 0", &["'0'", "--limit", "at least 1"]),
    ("flags --limit x", &["'x'", "--limit"]),
    ("flags -s NOWHERE", &["'NOWHERE'", "DELAY, ERROR, LOCAL, REMOTE"]),
    ("flags -s ftp://localhost/flags", &["'ftp://localhost/flags'"]),
    ("flags -s", &["--server"]),
    ("flags --repeat 0", &["'0'", "--repeat", "at least 1"]),
    ("flags --repeat 4294967296", &["--repeat", "too large"]),
    ("flags -a -e", &["--all", "--every"]),
    ("flags --as-the-chapter -m 3", &["--as-the-chapter", "--max_req"]),
    ("flags --retries -1", &["'-1'", "--retries", "at least 0"]),
    ("flags --retries many", &["'many'", "--retries", "whole number"]),
    ("flags --timeout 0", &["'0'", "--timeout"]),
    ("flags --timeout=-1", &["'-1'", "--timeout"]),
    ("flags --timeout soon", &["'soon'", "--timeout", "number of seconds"]),
    ("flags --timeout nan", &["'nan'", "--timeout"]),
    ("flags --cpu-rounds x", &["'x'", "--cpu-rounds", "whole number"]),
    ("flags --cpu-rounds 50000001", &["--cpu-rounds", "at most 50000000"]),
    ("flags --max-bytes x", &["'x'", "--max-bytes", "whole number"]),
    ("flags --progress dance", &["'dance'", "--progress"]),
    ("flags -q -v", &["--quiet", "--verbose"]),
    ("flags -q --progress plain", &["--quiet", "--progress"]),
    ("flags -v --progress bar", &["--verbose", "--progress"]),
    ("flags -v --progress plain", &["--verbose", "--progress"]),
    ("flags -v --progress codes", &["--verbose", "--progress"]),
    ("flags --ca-cert /nowhere/ca.pem br", &["/nowhere/ca.pem"]),
    ("flags --frobnicate", &["'--frobnicate'"]),
    ("primes 0", &["'0'", "WORKERS", "at least 1"]),
    ("primes many", &["'many'", "WORKERS"]),
    ("primes -n", &["--numbers"]),
    ("primes -n 7 seven", &["'seven'", "--numbers", "whole number"]),
    ("primes --order sideways", &["'sideways'", "--order"]),
    ("loiter soon", &["'soon'", "number of seconds"]),
    ("loiter 3601", &["'3601'", "3600"]),
    ("loiter -w 0", &["'0'", "--workers", "at least 1"]),
    ("sqrt -n x", &["'x'", "--tasks", "whole number"]),
    ("sqrt -n 0", &["'0'", "--tasks", "at least 1"]),
    ("sqrt --workers 0", &["'0'", "--workers", "at least 1"]),
    ("sqrt --repeat 0", &["'0'", "--repeat", "at least 1"]),
    ("sqrt --waterfall", &["--waterfall"]),
    ("flgs", &["'flgs'"]),
    ("", &["flags"]),
];

pub fn a_usage_error_names_what_is_wrong_and_ends_with_2(program: &Program) {
    for (args, words) in WRONG {
        let ended = program.run(args).end();
        assert_eq!(ended.status(), 2, "{args:?}: {}", ended.stderr);
        for word in *words {
            assert!(ended.stderr.contains(word), "{args:?} does not name {word:?}: {}", ended.stderr);
        }
        assert!(ended.stdout.is_empty() && ended.files.is_empty(), "{args:?} left {ended:?}");
    }
}

pub fn a_malformed_server_shows_no_password(program: &Program) {
    for args in ["flags -s ftp://user:secret@127.0.0.1/flags", "flags -s user:secret@127.0.0.1:8000"] {
        let ended = program.run(args).end().ends_with(2);
        assert!(ended.stderr.contains("user:***@") && !ended.stderr.contains("secret"), "{}", ended.stderr);
    }
}
