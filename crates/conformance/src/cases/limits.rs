//! Many of something, and little of something else.

use std::{
    fs::{File, OpenOptions},
    io::Read,
    process::Stdio,
};

use crate::{
    flag_server::FlagServer,
    program::{Program, wait_until},
    verify::{Told, number, only_whole_flags},
};

pub fn a_thousand_requests_may_be_under_way(program: &Program) {
    let server = FlagServer::delay(1, 5);
    let told = program.flags(&server.base(), "-e --repeat 2 -m 1000").told().counts(388, 964, 0).ends_with(0);
    assert_eq!(number(&told.json["settings"]["concurrency"]), program.concurrency(1000, 1352) as u64);
    // One is that of the question itself.
    assert!(number(&server.json("/stats")["peak_in_flight"]) <= program.concurrency(1000, 1352) as u64);
}

pub fn few_open_files_mean_fewer_requests_at_a_time_and_a_word(program: &Program) {
    let server = FlagServer::local();
    let told = program.flags(&server.base(), "-a -m 1000").limited("--nofile=64").told().counts(194, 0, 0).ends_with(0);
    let word = "may be open at a time (ulimit -n)";
    assert_eq!(told.ended.stderr.contains(word), !program.is_sequential(), "{}", told.ended.stderr);
}

pub fn a_low_limit_of_open_files_is_raised_where_that_is_allowed(program: &Program) {
    let server = FlagServer::local();
    let told = program.flags(&server.base(), "-a -m 100").limited("--nofile=64:4096").told().counts(194, 0, 0);
    assert_eq!(number(&told.json["settings"]["concurrency"]), program.concurrency(100, 194) as u64);
}

pub fn a_slow_reader_of_stdout_blocks_no_download(program: &Program) {
    let server = FlagServer::local();
    // More than the pipe holds.
    let mut run = program.flags(&server.base(), "-a --repeat 10 -m 20 --progress codes");
    let (mut ours, theirs) = std::io::pipe().expect("a pipe");
    rustix::pipe::fcntl_setpipe_size(&theirs, 4096).expect("a page is always allowed");
    run.command.stdin(Stdio::null()).stdout(theirs).stderr(Stdio::null());
    let running = run.start_as_it_is();
    wait_until("all flags were asked for", || number(&server.json("/stats")["requests"]) == 1940);
    let mut shown = String::new();
    ours.read_to_string(&mut shown).expect("it is text");
    let (codes, last) = shown.split_once('\n').expect("two lines");
    assert!(codes.split_whitespace().count() == 1940 && last.starts_with("1940 downloads in "), "{last}");
    running.wait().ends_with(0);
}

pub fn a_reader_that_leaves_is_no_error(program: &Program) {
    let server = FlagServer::local();
    for args in ["-a --progress none", "-a --progress none --json", "-a --progress codes", "--help"] {
        let mut run = program.flags(&server.base(), args);
        run.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = run.start_as_it_is();
        drop(running.child.stdout.take());
        let mut said = String::new();
        running.child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("it is text");
        assert_eq!(said, "", "{args}");
        running.wait().ends_with(0);
    }
}

/// A file that takes nothing, as on a full disk.
fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").expect("every Linux has it")
}

pub fn what_cannot_be_written_to_stdout_is_an_error(program: &Program) {
    let server = FlagServer::local();
    let base = format!("flags br --server {}", server.base());
    let of_flags = ["", "--json", "--progress codes", "--waterfall"].map(|args| format!("{base} {args}"));
    let others = ["--help", "--version", "flags --help", "primes -n 7", "loiter 0", "sqrt -r 1"].map(String::from);
    for args in of_flags.iter().chain(&others) {
        let mut run = program.run(args);
        let stderr = File::create(run.home.path().join("stderr")).expect("a fresh folder");
        run.command.stdin(Stdio::null()).stdout(full()).stderr(stderr);
        let ended = run.start_as_it_is().wait().ends_with(1);
        assert!(ended.stderr.contains("error: failed to write to stdout: "), "{args}: {}", ended.stderr);
    }
}

pub fn a_stderr_that_is_full_is_no_error(program: &Program) {
    let server = FlagServer::local();
    for (args, status) in [("br zz -v", 0), ("br --waterfall --json", 0), ("br --frobnicate", 2)] {
        let mut run = program.flags(&server.base(), args);
        run.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(full());
        run.start_as_it_is().wait().ends_with(status);
    }
    let mut run = program.flags("http://127.0.0.1:9/flags", "br");
    run.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(full());
    run.start_as_it_is().wait().ends_with(3);
}

pub fn few_open_files_are_never_the_servers_fault(program: &Program) {
    let server = FlagServer::local();
    for files in 4..16 {
        let ended = program.flags(&server.base(), "-al 20 --json").limited(&format!("--nofile={files}")).end();
        if ended.stdout.is_empty() {
            assert!([1, 2].contains(&ended.status()), "{files}: {ended:?}");
        } else {
            let told = Told::of(ended);
            let classes = told.json["errors"].as_object().expect("the schema says so");
            let ours = ["exhausted", "save failed", "worker lost"];
            assert!(classes.keys().all(|class| ours.contains(&class.as_str())), "{files}: {classes:?}");
            let said = told.ended.stderr.contains("Too many open files");
            assert_eq!(said, !classes.is_empty(), "{files}, without -v: {}", told.ended.stderr);
        }
    }
}

pub fn memory_that_runs_out_leaves_whole_files_and_no_process(program: &Program) {
    let server = FlagServer::local();
    for megabytes in [50, 100, 200, 400] {
        let run = program
            .flags(&server.base(), "-a -m 1000 --json --progress none")
            .limited(&format!("--as={}", megabytes << 20));
        let ended = run.end();
        // Rust ends a program whose own memory runs out.
        if ended.was_killed() {
            only_whole_flags(&ended);
        } else {
            Told::of(ended);
        }
    }
}
