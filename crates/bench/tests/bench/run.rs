//! Whole runs of `bench`, with stand-ins for the programs that it starts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::stand_in::{Ran, StandIns, bare};

/// The smallest run that has an interval.
const SMALL: &str = "--rounds 6 --count 3 --delay-count 3";

#[test]
fn a_run_measures_every_workload_with_every_strategy_and_keeps_all_of_it() {
    let stand_ins = StandIns::honest();
    let ran = stand_ins.run(SMALL).ended_with(0);
    for name in
        ["flags-local", "flags-delay", "primes", "sqrt", "thread-pool", "sequential again", "What cannot be concluded"]
    {
        assert!(ran.stdout.contains(name), "{name}: {}", ran.stdout);
    }
    let folder = stand_ins.run_folder();
    let names = [
        "run.json",
        "samples.csv",
        "results.csv",
        "results.json",
        "table.md",
        "table.txt",
        "report.html",
        "ratios.svg",
        "cost.svg",
    ];
    for name in names {
        assert!(fs::metadata(folder.join(name)).is_ok_and(|meta| meta.len() > 0), "{name}");
    }
    let samples = bench::record::sample::read(&folder.join("samples.csv")).unwrap();
    for (contender, control, rounds) in [("sequential", false, 7), ("sequential", true, 6), ("async-tasks", false, 7)] {
        let firsts = samples.iter().filter(|sample| {
            sample.workload == "primes"
                && sample.contender == contender
                && sample.control == control
                && sample.repeat == 0
        });
        assert_eq!(firsts.count(), rounds, "{contender}");
    }
    assert!(samples.iter().all(|sample| sample.wrong.is_none() && sample.exit == "0" && sample.wall_us > 0));
}

#[test]
fn every_report_is_made_again_from_the_folder_alone_and_is_the_same() {
    let stand_ins = StandIns::honest();
    stand_ins.run(SMALL).ended_with(0);
    let folder = stand_ins.run_folder();
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let names = ["results.csv", "results.json", "table.md", "table.txt", "report.html", "ratios.svg", "cost.svg"];
    let before = names.map(read);
    names.iter().for_each(|name| fs::remove_file(folder.join(name)).unwrap());
    let ran = bare(&[Path::new("report"), &folder]).ended_with(0);
    assert!(names.map(read) == before);
    assert_eq!(ran.stdout, read("table.txt"));
}

#[test]
fn a_recorded_run_is_replayed_from_one_file_and_stays_as_it_is() {
    let stand_ins = StandIns::honest();
    stand_ins.run("--rounds 1 --count 3 --only primes").ended_with(0);
    let folder = stand_ins.run_folder();
    let names = || fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    let before = names();
    let ran = bare(&[Path::new("replay"), &folder]).ended_with(0);
    let page = Path::new(ran.stdout.trim());
    let text = fs::read_to_string(page).unwrap();
    fs::remove_file(page).unwrap();
    assert!(page.starts_with(std::env::temp_dir()) && names() == before, "{}", page.display());
    assert_eq!(text.matches("\"9999999999999917\",1,").count(), 4, "each strategy's tasks are in it");
    assert!(text.contains("class Replay") && !text.contains("src=") && !text.contains("url("));
    assert!(fs::read_to_string(folder.join("report.html")).unwrap().contains("class Replay"));

    let named = stand_ins.path("page.html");
    bare(&[Path::new("replay"), &folder, Path::new("--out"), &named]).ended_with(0);
    assert_eq!(fs::read_to_string(named).unwrap(), text);
    fs::remove_dir_all(folder.join("round-1")).unwrap();
    let ran = bare(&[Path::new("replay"), &folder]).ended_with(2);
    assert!(ran.stderr.contains("tells of its tasks"), "{}", ran.stderr);
}

#[test]
fn results_json_is_as_its_published_schema_says() {
    let stand_ins = StandIns::honest();
    stand_ins.run(SMALL).ended_with(0);
    let json = |text: &str| -> serde_json::Value { serde_json::from_str(text).unwrap() };
    let schema = json(include_str!("../../results.schema.json"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut results = json(&fs::read_to_string(stand_ins.run_folder().join("results.json")).unwrap());
    let errors: Vec<String> =
        validator.iter_errors(&results).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    results["workloads"][0]["rows"][0]["time_us"] = "fast".into();
    assert!(!validator.is_valid(&results), "a schema that accepts anything says nothing");
}

#[test]
fn a_baseline_that_the_budget_does_not_pay_for_is_computed_and_marked_wherever_it_is_shown() {
    let stand_ins = StandIns::honest();
    // The server says that it waits 1 to 100 ms: one after another 5.05 s.
    let begun = Instant::now();
    let ran = stand_ins.run("--budget 4s --only flags-delay --delay-count 100").ended_with(0);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert!(ran.stderr.contains("computed from the server's delays: sequential (flags-delay)."), "{}", ran.stderr);
    assert!(!ran.stdout.contains("sequential again"), "{}", ran.stdout);
    let folder = stand_ins.run_folder();
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    for name in ["table.txt", "table.md", "report.html"] {
        let text = read(name);
        assert!(text.contains("5.05 s (computed)") && text.contains("Computed, not measured: sequential."), "{text}");
        assert!(text.contains("gainst sequential as it was computed: ") && !text.contains("aster than sequential"));
    }
    let lines: Vec<String> = read("results.csv").lines().map(String::from).collect();
    assert!(lines[1].starts_with("flags-delay,sequential,false,0,computed,5050000.0,"), "{lines:?}");
    assert!(lines[2].contains(",thread-pool,false,") && !lines[2].contains("faster"), "there is no verdict: {lines:?}");
    let schema = serde_json::from_str(include_str!("../../results.schema.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&read("results.json")).unwrap();
    let errors: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&results).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");

    // From the folder alone, beside itself, and in a README.
    assert_eq!(bare(&[Path::new("report"), &folder]).ended_with(0).stdout, read("table.txt"));
    let compared = bare(&[Path::new("compare"), &folder, &folder]).ended_with(0).stdout;
    let row = compared.lines().find(|line| line.contains("sequential")).unwrap();
    assert!(row.matches("(computed)").count() == 2 && row.contains("┆ computed"), "{compared}");
    assert!(
        compared.lines().any(|line| line.contains("thread-pool") && line.contains("as fast (computed)")),
        "{compared}"
    );
    let file = stand_ins.path("README.md");
    fs::write(&file, "<!-- bench:table -->\n<!-- /bench:table -->\n").unwrap();
    bare(&[Path::new("readme"), &folder, Path::new("--file"), &file]).ended_with(0);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("| sequential | 5.05 s (computed) | 1 | not measured |"), "{text}");
}

#[test]
fn the_flags_come_from_nginx_where_it_is_installed_and_else_that_is_said() {
    let stand_ins = StandIns::honest();
    let ran = stand_ins.run("--nginx --rounds 1 --only flags-local --count 3").ended_with(0);
    match bench::measure::nginx::program() {
        Some(_) => assert!(ran.stdout.contains("3 flags from nginx"), "{}", ran.stdout),
        None => assert!(ran.stderr.contains("nginx is not installed"), "{}", ran.stderr),
    }
}

#[test]
fn a_second_run_never_writes_over_the_first() {
    let stand_ins = StandIns::honest();
    let arguments = "--rounds 1 --only sqrt";
    stand_ins.run(arguments).ended_with(0);
    stand_ins.run(arguments).ended_with(0);
    assert_eq!(fs::read_dir(stand_ins.results()).unwrap().count(), 2);
}

#[test]
fn only_narrows_a_run_and_keeps_the_baseline() {
    let stand_ins = StandIns::honest();
    let ran = stand_ins.run("--rounds 1 --only primes/process-pool --only sqrt").ended_with(0);
    let samples = bench::record::sample::read(&stand_ins.run_folder().join("samples.csv")).unwrap();
    let mut seen: Vec<_> = samples.iter().map(|sample| (sample.workload.as_str(), sample.contender.as_str())).collect();
    seen.sort();
    seen.dedup();
    let all = ["async-tasks", "process-pool", "sequential", "thread-pool"].map(|name| ("sqrt", name));
    assert_eq!(seen, [[("primes", "process-pool"), ("primes", "sequential")].as_slice(), &all].concat());
    assert!(ran.stdout.contains("1 rounds are too few"), "{}", ran.stdout);

    let ran = stand_ins.run("--only prime").ended_with(2);
    assert!(ran.stderr.contains("flags-local, flags-delay, primes, sqrt"), "{}", ran.stderr);
}

/// Runs with a `thread-pool` that lies, and demands that it is named, and that everybody else has a row.
fn caught(lie: &str, arguments: &str, complaint: &str) {
    let stand_ins = StandIns::with_liar(lie);
    let ran = stand_ins.run(&format!("--rounds 1 {arguments}")).ended_with(1);
    let sentence = format!("thread-pool has no times: in round 0 its answer was wrong: {complaint}");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&ran.stdout).contains(&sentence), "{sentence}\n{}", ran.stdout);
    assert!(ran.stderr.contains("thread-pool takes no further part in"), "{}", ran.stderr);
    let is_row = |line: &str| line.starts_with("│ thread-pool ") && line.contains(" wrong ");
    assert_eq!(ran.stdout.lines().filter(|line| is_row(line)).count(), 1, "{}", ran.stdout);
    let results = fs::read_to_string(stand_ins.run_folder().join("results.csv")).unwrap();
    assert!(results.contains(",async-tasks,") && !results.contains(",thread-pool,"), "{results}");
}

#[test]
fn a_peer_may_end_with_its_status_for_missing_flags_only_where_some_are_missing() {
    let stand_ins = StandIns::honest();
    let script = "shift; for code; do [ $code = ZZ ] || printf 'GIF89a %s;' $code > $0/$code.gif; done; exit 22";
    let contender = format!(
        "[[contender]]\nname = 'peer'\nworkloads = ['flags']\ncommand = ['sh', '-c', \"{script}\", '{{dest}}', '-', '{{codes}}']\n\
         check = 'files'\nexit_if_missing = 22\n"
    );
    fs::write(stand_ins.path("peer.toml"), contender).unwrap();
    let peer = format!("--contenders {} --rounds 1 --only flags-local/peer", stand_ins.path("peer.toml").display());
    let ran = stand_ins.run(&format!("{peer} --every")).ended_with(0);
    assert!(ran.stdout.contains("676 flags"), "{}", ran.stdout);
    let ran = stand_ins.run(&format!("{peer} --count 3")).ended_with(1);
    assert!(ran.stdout.contains("it ended with 22"), "{}", ran.stdout);
}

#[test]
fn who_is_left_out_is_said_once_and_kept_in_the_record() {
    let stand_ins = StandIns::honest();
    let contenders = "[[contender]]\nname = 'dear'\nworkloads = ['flags']\ncommand = ['sh']\ncheck = 'files'\nmost = 2\n\
                      [[contender]]\nname = 'absent'\nworkloads = ['flags']\ncommand = ['{bin}/absent']\ncheck = 'files'\n\
                      peer = true\ninstall = 'get it'\n";
    fs::write(stand_ins.path("more.toml"), contenders).unwrap();
    let only = "--only flags-local/dear --only flags-local/absent --only primes/absent";
    let more = format!("--contenders {} --peers", stand_ins.path("more.toml").display());
    let ran = stand_ins.run(&format!("--rounds 1 --count 3 {more} {only}")).ended_with(0);
    let all = ran.stderr + &ran.stdout;
    for line in [
        "Too slow for the 3 tasks of flags-local, and so not measured there: dear (at most 2).",
        "Not installed, and so not measured: absent (get it).",
    ] {
        assert_eq!(all.matches(line).count(), 1, "{line}\n{all}");
        assert!(fs::read_to_string(stand_ins.run_folder().join("table.md")).unwrap().contains(line));
    }
    let ran = stand_ins.run(&format!("{more} --only flags-local --baseline absent")).ended_with(2);
    assert!(ran.stderr.contains("measured: absent (get it)"), "{}", ran.stderr);
}

#[test]
fn the_chapters_programs_stand_beside_ours_where_there_is_python_and_where_there_is_none_one_line_says_so() {
    let stand_ins = StandIns::honest();
    let none = stand_ins.path("nothing");
    fs::create_dir(&none).unwrap();
    // The stand-ins need a shell and the programs that it calls, and Python is in the same folders: so nothing but chapter is asked for.
    let ran = Ran::new(stand_ins.bench("--rounds 1 --only chapter").env("PATH", &none).output().unwrap()).ended_with(2);
    assert_eq!(ran.stderr.matches("Not installed, and so not measured: ").count(), 1, "{}", ran.stderr);
    for part in [
        "nothing is left to measure",
        "urllib threads (apt-get install python3)",
        "Fluent Python asyncio (python3 -m venv ",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    if bench::plan::python::has(&none, "json") {
        let ran = stand_ins.run("--rounds 1 --only chapter").ended_with(0);
        for name in ["the chapter's programs, and these: 20 flags", "│ thread-pool ", "│ sequential again "] {
            assert!(ran.stdout.contains(name), "{name}: {}", ran.stdout);
        }
        assert!(
            ran.stdout.contains("│ urllib threads ") != ran.stdout.contains("│ Fluent Python threads "),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn a_contender_that_drops_a_flag_is_named() {
    caught("rm $dest/AE.gif", "--only flags-local --count 3", "AE.gif is missing.");
}

#[test]
fn a_contender_that_saves_a_truncated_flag_is_named() {
    caught("printf GIF89a > $dest/AE.gif", "--only flags-local --count 3", "AE.gif has 6 bytes instead of 10.");
}

#[test]
fn a_contender_that_saves_another_flag_of_the_same_size_is_named() {
    let complaint = "AE.gif has other contents than the server's.";
    caught("cp $dest/AD.gif $dest/AE.gif", "--only flags-local --count 3", complaint);
}

#[test]
fn a_contender_that_leaves_a_partial_file_behind_is_named() {
    caught("echo x > $dest/.AE.gif.tmp", "--only flags-local --count 3", ".AE.gif.tmp was not asked for.");
}

#[test]
fn a_contender_that_exits_0_after_a_failure_is_named() {
    let complaint = "it reports 20 asked, 19 ok and 1 errors instead of 20 asked and 20 ok.";
    caught("errors=1", "--only sqrt", complaint);
}

#[test]
fn a_contender_that_exits_with_an_error_is_named_with_its_last_words() {
    caught("echo no luck >&2; exit 3", "--only sqrt", "it ended with 3, saying \"no luck\".");
    caught("kill -SEGV $$", "--only sqrt", "it ended with SIGSEGV.");
}

#[test]
fn a_contender_that_miscounts_the_primes_is_named() {
    let lie = "answers=$(printf '%s' \"$answers\" | sed 's/\"3333333333333333\",\"outcome\":\"composite\"/\"3333333333333333\",\"outcome\":\"prime\"/')";
    caught(lie, "--only primes", "3333333333333333 is composite, and it says prime.");
    caught(
        "answers=$(printf '%s' \"$answers\" | sed 's/,.\"task\":\"9999999999999999\".*//')",
        "--only primes",
        "there is no answer for 9999999999999999.",
    );
}

#[test]
fn a_contender_that_prints_no_report_is_named() {
    caught("echo hello; exit 0", "--only sqrt", "it printed no JSON report:");
}

#[test]
fn a_contender_that_hangs_is_killed_with_its_children_at_its_time_limit() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("child");
    let lie = format!("sleep 600 & echo $! > {}; sleep 600", note.display());
    caught(&lie, "--only sqrt --time-limit 1s", "it was killed after 1 s, its time limit.");
    let child = fs::read_to_string(note).unwrap();
    let ended =
        || fs::read_to_string(format!("/proc/{}/stat", child.trim())).map_or(true, |stat| stat.contains(") Z "));
    assert!(within_ten_seconds(ended), "its child lives on");
}

#[test]
fn a_contender_that_lies_only_later_is_named_too() {
    let folder = tempfile::tempdir().unwrap();
    let count = folder.path().join("count");
    let lie = format!("echo x >> {0}; [ $(wc -l < {0}) -lt 3 ] || errors=1", count.display());
    let stand_ins = StandIns::with_liar(&lie);
    let ran = stand_ins.run("--rounds 2 --only primes").ended_with(0);
    assert!(!ran.stdout.contains("has no times"), "the primes have no such counts");
    let ran = stand_ins.run("--rounds 6 --only sqrt").ended_with(1);
    assert!(ran.stdout.contains("thread-pool has no times"), "{}", ran.stdout);
}

#[test]
fn a_missing_program_is_said_before_anything_is_measured() {
    let stand_ins = StandIns::honest();
    fs::remove_file(stand_ins.path("process-pool")).unwrap();
    let ran = stand_ins.run(SMALL).ended_with(2);
    assert!(
        ran.stderr.contains("the program of process-pool is missing") && ran.stderr.contains("run `scripts/bench`"),
        "{}",
        ran.stderr
    );
    assert!(!stand_ins.results().exists());

    fs::remove_file(stand_ins.path("flag-server")).unwrap();
    let ran = stand_ins.run(SMALL).ended_with(2);
    assert!(ran.stderr.contains("flag-server") && ran.stderr.contains("run `scripts/bench`"), "{}", ran.stderr);
}

#[test]
fn a_server_that_does_not_start_is_an_error_with_its_own_words() {
    let stand_ins = StandIns::honest();
    stand_ins.write("flag-server", "#!/bin/sh\necho 'the port is taken' >&2\nexit 1\n");
    let ran = stand_ins.run(SMALL).ended_with(2);
    assert!(ran.stderr.contains("the port is taken"), "{}", ran.stderr);
}

#[test]
fn a_server_that_is_not_on_the_loopback_is_refused() {
    let stand_ins = StandIns::honest();
    stand_ins.write("flag-server", "#!/bin/sh\necho 'LOCAL site: http://192.0.2.1:80/flags'\nexec cat > /dev/null\n");
    let ran = stand_ins.run(SMALL).ended_with(2);
    assert!(ran.stderr.contains("loopback"), "{}", ran.stderr);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_a_clear_message() {
    let stand_ins = StandIns::honest();
    let mut command = stand_ins.bench("--rounds 1 --only sqrt");
    let ran = Ran::new(command.arg("--results").arg("/dev/null/results").output().unwrap());
    // The last of two --results would be an error of usage, which has status 2 as well.
    assert!(ran.stderr.contains("--results"), "{}", ran.stderr);
    ran.ended_with(2);
}

#[test]
fn a_disk_that_takes_no_more_is_a_clear_message() {
    let stand_ins = StandIns::honest();
    let bench = stand_ins.bench("--rounds 1 --only sqrt");
    let words: Vec<String> = std::iter::once(bench.get_program())
        .chain(bench.get_args())
        .map(|word| format!("'{}'", word.to_string_lossy()))
        .collect();
    // Half a kilobyte for each file, as a full disk would have it, and an error instead of a signal.
    let script = format!("trap '' XFSZ; ulimit -f 1; exec {}", words.join(" "));
    let ran = Ran::new(std::process::Command::new("sh").args(["-c", &script]).output().unwrap()).ended_with(2);
    assert!(ran.stderr.contains("failed to write") && ran.stderr.contains("run.json"), "{}", ran.stderr);
}

#[test]
fn ctrl_c_ends_a_run_and_keeps_what_was_measured() {
    let stand_ins = StandIns::honest();
    stand_ins.put("thread-pool", "sleep 0.2");
    let mut bench = stand_ins.bench("--only sqrt --rounds 1000");
    let child = bench.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let samples = || fs::read_dir(stand_ins.results()).ok()?.next()?.ok().map(|entry| entry.path().join("samples.csv"));
    // In round 2 every contender has a measured sample, whatever the order.
    let in_round_2 = |path: PathBuf| {
        bench::record::sample::read(&path).is_ok_and(|samples| samples.iter().any(|sample| sample.round == 2))
    };
    let measured = || samples().is_some_and(in_round_2);
    assert!(within_ten_seconds(measured), "nothing was measured");
    let pid = nix::unistd::Pid::from_raw(child.id() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let ran = Ran::new(child.wait_with_output().unwrap()).ended_with(130);
    assert!(ran.stdout.contains("│ sequential ") && ran.stdout.contains("The run was interrupted"), "{}", ran.stdout);
    assert!(stand_ins.run_folder().join("report.html").exists());
}

#[test]
fn a_contender_of_ones_own_takes_five_lines_in_any_language() {
    let stand_ins = StandIns::honest();
    stand_ins.write("mine.sh", "#!/bin/sh\nwhile read url; do code=$(basename $url .gif | tr a-z A-Z); printf 'GIF89a %s;' $code > $2/$code.x; done < $1\n");
    let mine = r#"
        [[contender]]
        name = "mine"
        workloads = ["flags"]
        command = ["sh", "{here}/mine.sh", "{url_list}", "{dest}"]
        check = "contents"
    "#;
    fs::write(stand_ins.path("mine.toml"), mine).unwrap();
    let arguments =
        format!("--rounds 6 --count 3 --only flags-local --contenders {}", stand_ins.path("mine.toml").display());
    let ran = stand_ins.run(&arguments).ended_with(0);
    assert!(ran.stdout.contains("│ mine "), "{}", ran.stdout);

    fs::write(stand_ins.path("mine.toml"), mine.replace("mine.sh\"", "nothing.sh\"")).unwrap();
    let ran = stand_ins.run(&arguments).ended_with(1);
    assert!(ran.stdout.contains("mine has no times"), "{}", ran.stdout);

    fs::write(stand_ins.path("mine.toml"), mine.replace("{url_list}", "https://www.fluentpython.com/data/flags"))
        .unwrap();
    let ran = stand_ins.run(&arguments).ended_with(2);
    assert!(ran.stderr.contains("loopback"), "{}", ran.stderr);
}

#[test]
fn a_sweep_draws_a_curve_for_each_strategy() {
    let stand_ins = StandIns::honest();
    let ran = stand_ins.run("sweep --rounds 2 --concurrency 1,2,4 --items 2,4 --count 5").ended_with(0);
    assert!(ran.stdout.contains("knee") && ran.stdout.contains("a flag at 4"), "{}", ran.stdout);
    let folder = stand_ins.run_folder();
    assert!(folder.to_string_lossy().ends_with("-sweep"));
    let picture = fs::read_to_string(folder.join("scaling.svg")).unwrap();
    assert!(picture.contains("thread-pool, 4: ") && picture.contains("class=\"bound\""));
    for (file, value) in [("memory.svg", " MiB"), ("switches.svg", "thread-pool, 4: ")] {
        assert!(fs::read_to_string(folder.join(file)).unwrap().contains(value), "{file}");
    }
}

#[test]
fn two_runs_of_the_same_work_are_compared_and_of_different_work_are_not() {
    let stand_ins = StandIns::honest();
    stand_ins.run("--rounds 6 --only flags-local --count 3").ended_with(0);
    let old = stand_ins.run_folder();
    stand_ins.run("--rounds 6 --only flags-local --count 3").ended_with(0);
    let results = stand_ins.results();
    let arguments = [Path::new("compare"), &old, Path::new("--results"), &results];
    let ran = bare(&arguments).ended_with(0);
    assert!(ran.stdout.contains("new against old") && ran.stdout.contains("machine  both"), "{}", ran.stdout);

    let other = StandIns::honest();
    other.run("--rounds 6 --only flags-local --count 4").ended_with(0);
    let ran = bare(&[Path::new("compare"), &old, &other.run_folder()]).ended_with(2);
    assert!(ran.stderr.contains("not the same work"), "{}", ran.stderr);
}

pub fn within_ten_seconds(mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if condition() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}
