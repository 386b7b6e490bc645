//! What a run says, word for word, and where.

use std::thread;

use faults::{RawServer, Visit};

use crate::{
    flag_server::FlagServer,
    program::{Program, Run},
};

pub fn the_reports_are_those_of_the_chapter(program: &Program) {
    let server = FlagServer::local();
    let cpus = thread::available_parallelism().expect("the system says how many").get();
    let (ours, the_chapters) = match program.strategy() {
        "thread-pool" => (20, 20),
        "async-tasks" => (20, 5),
        "process-pool" | "task-queue" => (20, cpus.min(20)),
        _ => (1, 1),
    };
    for (args, connections) in [("", ours), ("--as-the-chapter", the_chapters)] {
        let connections = match connections {
            1 => "1 concurrent connection".to_owned(),
            more => format!("{more} concurrent connections"),
        };
        expect(
            program.flags(&server.base(), args),
            &format!(
                "Custom site: {}\nSearching for 20 flags: from BD to VN\n{connections} will be used.\n\
                 --------------------\n 20 flags downloaded.\nElapsed time: <s>s\n",
                server.base()
            ),
        );
    }
    expect(
        program.flags(&server.base(), "zz cn br Br -m 1"),
        &format!(
            "Custom site: {}\nSearching for 3 flags: BR, CN, ZZ\n1 concurrent connection will be used.\n\
             --------------------\n  2 flags downloaded.\n  1 not found.\nElapsed time: <s>s\n",
            server.base()
        ),
    );
    expect(
        program.flags(&server.base(), "br --repeat 2 --max-req 1"),
        &format!(
            "Custom site: {}\nSearching for 1 flag: BR, 2 times each\n1 concurrent connection will be used.\n\
             --------------------\n  2 flags downloaded.\nElapsed time: <s>s\n",
            server.base()
        ),
    );
}

pub fn fewer_connections_than_were_asked_for_are_explained(program: &Program) {
    let server = FlagServer::local();
    let strategy = program.strategy();
    let most = program.concurrency(usize::MAX, usize::MAX);
    let said = |asked: usize| {
        let stdout = program.flags(&server.base(), &format!("br -m {asked}")).end().ends_with(0).stdout;
        stdout.lines().nth(2).unwrap_or_default().to_owned()
    };
    let why = format!("(not {}: {strategy} has at most {most} at a time)", most + 1);
    assert_eq!(said(most + 1), format!("1 concurrent connection will be used {why}."));
    assert_eq!(said(most), "1 concurrent connection will be used.");
}

pub fn a_password_is_shown_nowhere(program: &Program) {
    let server = RawServer::start(|visit| match visit.code().as_str() {
        "BR" => visit.well(),
        "CN" => visit.answer("302 Found", "Location: ftp://user:secret@127.0.0.1/\r\n", b""),
        "DE" => visit.answer("302 Found", "Location: http://user:secret@[/\r\n", b""),
        _ => visit.answer("404 Not Found", "", b""),
    });
    let base = server.base().replace("http://", "http://user:secret@");
    let shown = |base: &str, args: &str, status| {
        let ended = program.flags(base, args).end().ends_with(status);
        let all = ended.stdout + &ended.stderr;
        assert!(all.contains("http://user:***@127.0.0.1:"), "{all}");
        assert!(!all.contains("secret"), "{all}");
    };
    for args in ["br cn de zz", "br cn de zz -v", "br cn de zz --json", "br cn de zz --progress plain -m 1"] {
        shown(&base, args, 1);
    }
    shown("http://user:secret@127.0.0.1:9/flags", "br", 3);
    let ended = program.flags("http://user:secret@nowhere.invalid/flags", "br").end().ends_with(3);
    assert!(ended.stderr.contains("user:***@nowhere.invalid") && !ended.stderr.contains("secret"), "{}", ended.stderr);
}

pub fn errors_are_counted_and_grouped_by_class(program: &Program) {
    let server = RawServer::start(|visit| match visit.code().as_str() {
        "BR" => visit.well(),
        "CN" => visit.answer("200 OK", "", b"<html>"),
        _ => visit.answer("418 I'm a teapot", "", b""),
    });
    let closing = |words: &str| format!("--------------------\n{words}Elapsed time: <s>s\n");
    let lines = |codes: &str, words: &str| {
        let ended = program.flags(&server.base(), codes).end().ends_with(1);
        let report = without_seconds(&ended.stdout);
        assert!(report.ends_with(&closing(words)), "{report}");
    };
    lines("br cn", "  1 flag downloaded.\n  1 error.\n    (1 not a GIF)\n");
    lines("br cn fr us", "  1 flag downloaded.\n  3 errors.\n    (2 HTTP 418, 1 not a GIF)\n");
}

pub fn progress_codes_is_the_display_of_the_first_scripts(program: &Program) {
    let server = FlagServer::local();
    let ended = program.flags(&server.base(), "--progress codes").end().ends_with(0);
    let report = without_seconds(&ended.stdout);
    let (codes, last) = report.split_once('\n').expect("two lines");
    assert_eq!(last, "20 downloads in <s>s\n");
    let mut codes: Vec<_> = codes.strip_suffix(' ').expect("a space after each").split(' ').collect();
    if !program.is_sequential() {
        codes.sort_unstable();
    }
    assert_eq!(codes.join(" "), "BD BR CD CN DE EG ET FR ID IN IR JP MX NG PH PK RU TR US VN");
    assert_eq!(ended.stderr, "");
}

pub fn an_error_between_the_codes_begins_on_a_line_of_its_own(program: &Program) {
    let server = RawServer::start(|visit| match visit.code().as_str() {
        "BR" | "US" => visit.well(),
        _ => visit.answer("418 I'm a teapot", "", b""),
    });
    let shown = program.flags(&server.base(), "br cn us -m 1 --progress codes").end_on_one_terminal(80);
    let (lines, _) = shown.split_once(" downloads in ").expect("the last line");
    assert_eq!(lines.replace('\r', ""), "BR \nCN error: HTTP error 418 - I'm a teapot\nUS \n2");
}

pub fn verbose_is_a_line_for_each_code(program: &Program) {
    let server = RawServer::start(|visit| match visit.code().as_str() {
        "AA" => visit.answer("404 Not Found", "", b""),
        "AF" => visit.answer("418 I'm a teapot", "", b""),
        _ => visit.well(),
    });
    for verbose in ["-v", "--verbose"] {
        let ended = program.flags(&server.base(), &format!("bd aa af {verbose}")).end().ends_with(1);
        let mut lines: Vec<_> = ended.stderr.lines().collect();
        lines.sort_unstable();
        let not_found = format!("AA not found: {}/aa/aa.gif", server.base());
        assert_eq!(lines, [&not_found, "AF error: HTTP error 418 - I'm a teapot", "BD OK"]);
    }
}

pub fn an_error_is_told_in_the_words_of_the_server_where_they_can_be_shown(program: &Program) {
    let long = "x".repeat(81);
    let answers = move |visit: &mut Visit| match visit.code().as_str() {
        "BR" => visit.answer("503 Down for the night ", "", b""),
        "CN" => visit.answer("503 ", "", b""),
        "FR" => visit.answer("503 \u{e9}teint", "", b""),
        "IN" => visit.answer(&format!("503 {long}"), "", b""),
        _ => visit.answer("799 What's this", "Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    };
    let server = RawServer::start(answers);
    let ended = program.flags(&server.base(), "br cn fr in us -v").end().ends_with(1);
    let mut lines: Vec<_> = ended.stderr.lines().collect();
    lines.sort_unstable();
    let known = |code: &str| format!("{code} error: HTTP error 503 - Service Unavailable");
    let shown = ["BR error: HTTP error 503 - Down for the night", &known("CN"), &known("FR"), &known("IN")];
    assert_eq!(lines, [&shown[..], &["US error: HTTP error 799 - What's this"]].concat());
}

pub fn reports_go_to_stdout_and_errors_to_stderr(program: &Program) {
    let server = FlagServer::local();
    let ended = program.flags(&server.base(), "br").end().ends_with(0);
    assert_eq!(ended.stderr, "", "a quick run that is not watched has nothing to add");
    let ended = program.flags("http://127.0.0.1:9/flags", "br").end().ends_with(3);
    assert!(ended.stdout.contains("  1 error.\n    (1 refused)\n"), "{}", ended.stdout);
    assert!(ended.stderr.contains("error: failed to reach the server at http://127.0.0.1:9/flags"), "{}", ended.stderr);
    let told = program.flags(&server.base(), "br -v").told();
    assert_eq!(told.ended.stderr, "BR OK\n");
    assert_eq!(told.ended.stdout.lines().count(), 1, "nothing but the object");
}

pub fn a_quiet_run_shows_errors_only(program: &Program) {
    let server = FlagServer::local();
    let ended = program.flags(&server.base(), "br -q").end().ends_with(0);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str(), ended.files.len()), ("", "", 1));
    for args in ["primes -n 7 --quiet", "loiter 0 0 -q", "sqrt -q --repeat 1"] {
        let ended = program.run(args).end().ends_with(0);
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""), "{args}");
    }
    let ended = program.flags("http://127.0.0.1:9/flags", "br -q").end().ends_with(3);
    assert!(ended.stdout.is_empty() && ended.stderr.contains("error: failed to reach the server"), "{ended:?}");
}

pub fn help_fits_the_terminal_and_has_examples(program: &Program) {
    for width in ["60", "80", "120"] {
        for workload in ["flags", "primes", "loiter", "sqrt"] {
            let help = program.run(&format!("{workload} --help")).env("COLUMNS", width).end().ends_with(0).stdout;
            let widest = help.lines().map(|line| line.chars().count()).max().unwrap_or_default();
            assert!(widest <= width.parse().expect("a number"), "{workload} at {width}: {help}");
            assert!(help.contains("\nHow:\n") && help.contains("\nWhat to show:\n"), "{help}");
            assert!(!help.contains("\nOptions:\n"), "each argument has its group: {help}");
        }
    }
    let help = program.run("flags --help").end().ends_with(0).stdout;
    let examples = help.lines().filter(|line| line.starts_with(&format!("  {} flags", program.strategy()))).count();
    assert_eq!(examples, 3, "{help}");
}

pub fn completions_and_man_pages_know_every_argument(program: &Program) {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = program.run(&format!("completions {shell}")).end().ends_with(0).stdout;
        for word in ["as-the-chapter", "max-bytes", program.strategy()] {
            assert!(text.contains(word), "{shell} does not know {word}");
        }
    }
    let page = program.run("man").end().ends_with(0).stdout;
    assert!(page.contains(".TH") && page.contains("loiter"), "{page}");
    let page = program.run("man flags").end().ends_with(0).stdout;
    assert!(page.contains("as\\-the\\-chapter") && page.contains("WHAT TO FETCH"), "{page}");
    let ended = program.run("man flgs").end().ends_with(2);
    assert!(ended.stderr.contains("there is no workload 'flgs'"), "{}", ended.stderr);
    assert!(program.run("completions dash").end().ends_with(2).stderr.contains("bash"));
    let help = program.run("--help").end().ends_with(0).stdout;
    assert!(!help.contains("completions"), "{help}");
}

pub fn a_slow_run_off_a_terminal_says_now_and_then_how_far_it_is(program: &Program) {
    let server = FlagServer::delay(600, 700);
    let ended = program.flags(&server.base(), "br cn fr in -m 1 --progress plain").end().ends_with(0);
    // A machine with much else to do may take longer for each.
    let says = |done| ended.stderr.contains(&format!("{done}/4 done: {done} ok, 0 not found, 0 errors, "));
    assert!((1..4).any(says), "{}", ended.stderr);
    assert!(!ended.stderr.contains('\x1b'), "{}", ended.stderr);
    let ended = program.flags(&server.base(), "br cn -m 1 --progress none").end().ends_with(0);
    assert_eq!(ended.stderr, "");
}

pub fn the_bar_honours_the_terminal_and_the_wish_for_no_colour(program: &Program) {
    let server = FlagServer::error(20, 60);
    let on_terminal = |settings: &[(&str, &str)], args: &str| {
        let mut run = program.flags(&server.base(), &format!("-al 20 {args}"));
        for (name, value) in settings {
            run = run.env(name, value);
        }
        run.end_on_a_terminal(120)
    };
    const RED: &str = "\x1b[31m";
    let shown = on_terminal(&[("LC_ALL", "C.UTF-8")], "");
    assert!(shown.contains("20/20") && shown.contains("\x1b[") && shown.contains(RED), "{shown:?}");
    let shown = on_terminal(&[("NO_COLOR", "1"), ("LC_ALL", "C.UTF-8")], "");
    assert!(shown.contains("20/20") && !shown.contains("\x1b[3") && shown.contains('█'), "{shown:?}");
    let shown = on_terminal(&[("LC_ALL", "C")], "");
    assert!(shown.is_ascii() && shown.contains(RED) && shown.contains('#'), "{shown:?}");
    let shown = on_terminal(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], "");
    assert!(shown.contains("20/20") && !shown.contains("\x1b[3"), "{shown:?}");
    for settings in [("TERM", "dumb"), ("TERM", "")] {
        let shown = on_terminal(&[settings], "");
        assert!(!shown.contains('\x1b') && !shown.contains("20/20"), "{shown:?}");
    }
    let shown = on_terminal(&[], "--progress none");
    assert_eq!(shown, "");
}

pub fn the_bar_is_one_line_narrower_than_the_terminal(program: &Program) {
    let server = FlagServer::error(20, 60);
    for columns in [80, 60, 20] {
        let shown = program.flags(&server.base(), "-al 20").env("LC_ALL", "C").end_on_a_terminal(columns);
        let last = shown.rsplit("\x1b[J").next().unwrap_or_default();
        assert!(last.contains("20/20") && last.ends_with('\n'), "{shown:?}");
        for drawn in shown.split("\r\x1b[J").map(str::trim_end) {
            let seen = drawn.replace("\x1b[31m", "").replace("\x1b[32m", "").replace("\x1b[0m", "");
            assert!(seen.len() < columns.into() && !seen.contains('\x1b'), "{columns}: {drawn:?}");
        }
    }
}

pub fn a_server_that_is_down_is_no_success_of_the_bar(program: &Program) {
    let run = program.flags("http://127.0.0.1:9/flags", "").env("LC_ALL", "C.UTF-8");
    let shown = run.end_on_a_terminal(80);
    assert!(shown.contains("\x1b[31m20 errors") && !shown.contains("\x1b[32m") && !shown.contains("/s]"), "{shown:?}");
}

pub fn help_names_the_knobs_and_the_exit_statuses(program: &Program) {
    let ended = program.run("flags --help").end().ends_with(0);
    for words in ["--all", "--every", "--limit", "--max_req", "--server", "--verbose", "130", "not reachable|reached"] {
        assert!(words.split('|').any(|word| ended.stdout.contains(word)), "{words:?} is not in: {}", ended.stdout);
    }
    assert!(program.run("--version").end().ends_with(0).stdout.starts_with(program.strategy()));
}

#[track_caller]
fn expect(run: Run, report: &str) {
    let ended = run.end().ends_with(0);
    assert_eq!(without_seconds(&ended.stdout), report);
}

/// The text with `<s>` for each number of seconds with two decimals.
fn without_seconds(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']).map(|word| {
        let end = word.trim_end();
        let number = end.strip_suffix('s').and_then(|number| number.split_once('.'));
        let is_time = number.is_some_and(|(whole, decimals)| {
            decimals.len() == 2 && [whole, decimals].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
        });
        if is_time { word.replace(end, "<s>s") } else { word.to_owned() }
    });
    words.collect()
}
