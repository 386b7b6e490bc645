//! What others make is hostile: names, folders, records, standard streams. Nothing of it hangs or breaks `bench`, its outputs, or
//! the run of the other contenders.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};

use bench::analyse::summary::{Summary, summarise};
use bench::plan::workload::{Time, Work, Workload};
use bench::record::basis::Basis;
use bench::record::environment::Environment;
use bench::record::run::{Record, RecordedContender, RecordedWorkload};
use bench::record::sample::{self, Sample, SampleFile};
use bench::show::grid::Style;
use bench::show::html::page;
use bench::show::pictures::{cost, ratios, scaling};
use bench::show::table::{csv, markdown, terminal};
use proptest::prelude::*;

use crate::stand_in::{Ran, StandIns, bare};

const NAMES: [&str; 10] = [
    "a|b",
    "a/b",
    "a_b",
    "two\nlines",
    "<img onerror=alert(1)>",
    "<!-- /bench:table -->",
    "\u{1b}]0;title\u{7}\u{1b}[2J",
    "\u{202e}right to left\0",
    "[x](http://127.0.0.1/) ![y](z)",
    "`*_~# 国 \u{fffe}\\",
];

/// A contender for sqrt that prints something.
fn described(name: &str) -> String {
    let name = toml::Value::from(name);
    format!(
        "[[contender]]\nname = {name}\nworkloads = ['primes']\ncommand = ['sh', '-c', \"$0 primes\", '{{bin}}/sequential']\ncheck = 'primes'\nreport = 'json'\n"
    )
}

/// Demands that every file of a run is what its name says, and holds nothing that is not to be seen.
fn well_formed(folder: &Path) {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    for name in
        ["ratios.svg", "cost.svg", "waterfall.svg", "race.svg"].into_iter().filter(|name| folder.join(name).exists())
    {
        roxmltree::Document::parse(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    are_well_formed(&read("table.txt"), &read("table.md"), &read("report.html"));
}

fn are_well_formed(terminal: &str, markdown: &str, html: &str) {
    for text in [terminal, markdown, html] {
        let odd = text.chars().find(|c| *c != '\n' && bench::base::untrusted::visible(&c.to_string()) != c.to_string());
        assert_eq!(odd, None, "{text}");
    }
    let columns = |line: &str| line.replace(r"\\", "").replace(r"\|", "").matches('|').count();
    let tables: Vec<&str> = markdown.lines().filter(|line| line.starts_with('|')).collect();
    tables.windows(2).for_each(|pair| assert_eq!(columns(pair[0]), columns(pair[1]), "{pair:#?}"));
    assert!(!markdown.contains('<'), "{markdown}");
    assert!(!html.contains("<img") && !html.contains("<!--"), "{html}");
}

#[test]
fn contenders_of_any_name_have_rows_that_break_nothing() {
    let stand_ins = StandIns::honest();
    fs::write(stand_ins.path("odd.toml"), NAMES.map(described).join("\n")).unwrap();
    let arguments = format!("--contenders {} --rounds 2 --only primes", stand_ins.path("odd.toml").display());
    let ran = stand_ins.run(&arguments).ended_with(0);
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'), "{ran:#?}");
    let folder = stand_ins.run_folder();
    well_formed(&folder);
    assert_eq!(fs::read_dir(folder.join("round-1")).unwrap().count(), 4 + NAMES.len(), "each has a file of its own");

    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let file = stand_ins.path("README.md");
    let markers = |part: &str| format!("<!-- bench:{part} results/{name} -->\n<!-- /bench:{part} -->\n");
    fs::write(&file, format!("# Title\n{}{}The end.\n", markers("table"), markers("tables"))).unwrap();
    for _ in 0..2 {
        bare(&[Path::new("readme"), Path::new("--file"), &file]).ended_with(0);
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.matches("-->").count(), 4, "{text}");
        assert!(text.ends_with("<!-- /bench:tables -->\nThe end.\n") && !text.contains("<img"), "{text}");
    }
}

#[test]
fn a_name_that_no_table_has_room_for_is_refused_and_so_is_none() {
    let stand_ins = StandIns::honest();
    for name in ["x".repeat(81), String::new()] {
        fs::write(stand_ins.path("odd.toml"), described(&name)).unwrap();
        let arguments = format!("--contenders {} --only primes", stand_ins.path("odd.toml").display());
        let ran = stand_ins.run(&arguments).ended_with(2);
        assert!(ran.stderr.contains("a name "), "{}", ran.stderr);
    }
}

#[test]
fn whatever_a_contender_leaves_in_its_folder_is_wrong_and_the_others_run_on() {
    for (lie, complaint) in [
        ("mkfifo $dest/pipe", "pipe is no regular file"),
        ("ln -s /dev/zero $dest/zero", "zero is no regular file"),
        ("rm $dest/AD.gif; ln -s AD.gif $dest/AD.gif", "AD.gif is no regular file"),
        ("rm -r $dest; ln -s /dev $dest", "it put something else in the place of its folder"),
        ("rm -r $dest; : > $dest", "it put something else in the place of its folder"),
        ("rm -r $dest", "its files cannot be read: No such file or directory"),
        ("rm $dest/AD.gif; truncate -s 1T $dest/AD.gif", "AD.gif has 1099511627776 bytes instead of 10"),
        ("cd $dest; seq 2000 | xargs touch", "it saved more than 1003 files, where 3 were asked for"),
        ("cd $dest; d=d; for i in 1 2 3 4 5 6 7 8; do d=$d/$d; done; mkdir -p $d; chmod 0 .", "d is no regular file"),
        ("printf x > \"$(printf \"$dest/\\033[2J\\n\\377\")\"", r"\u{1b}[2J\n� was not asked for"),
    ] {
        let stand_ins = StandIns::with_liar(lie);
        let ran = stand_ins.run("--rounds 1 --only flags-local --count 3").ended_with(1);
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&ran.stdout).contains(complaint), "{lie}: {ran:#?}");
        let results = fs::read_to_string(stand_ins.run_folder().join("results.csv")).unwrap();
        assert!(results.contains(",async-tasks,") && !results.contains(",thread-pool,"), "{results}");
        well_formed(&stand_ins.run_folder());
    }
}

#[test]
fn what_a_contender_says_last_breaks_nothing() {
    let stand_ins = StandIns::with_liar("printf '\\033[2J|<b>\\n\\033]0;x\\007|<!-- -->' >&2; exit 3");
    let ran = stand_ins.run("--rounds 1 --only sqrt").ended_with(1);
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'), "{ran:#?}");
    well_formed(&stand_ins.run_folder());
}

#[test]
fn a_record_of_endless_or_strange_files_is_an_error_at_once() {
    let stand_ins = StandIns::honest();
    stand_ins.run("--rounds 1 --only sqrt").ended_with(0);
    let folder = stand_ins.run_folder();
    for name in ["run.json", "samples.csv"] {
        let path = folder.join(name);
        let kept = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        let ran = bare(&[Path::new("report"), &folder]).ended_with(2);
        assert!(ran.stderr.contains("it is no regular file"), "{}", ran.stderr);
        fs::remove_file(&path).unwrap();
        fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let ran = bare(&[Path::new("report"), &folder]).ended_with(2);
        assert!(ran.stderr.contains("bytes"), "{}", ran.stderr);
        fs::remove_file(&path).unwrap();
        fs::write(&path, kept).unwrap();
    }
    let report = folder.join("round-1/sqrt.thread-pool.json");
    fs::remove_file(&report).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &report).unwrap();
    bare(&[Path::new("report"), &folder]).ended_with(0);
}

#[test]
fn paths_that_are_no_text_are_paths() {
    let stand_ins = StandIns::honest();
    let odd = stand_ins.path("").join(std::ffi::OsStr::from_bytes(b"r\xff"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    command.args(["--rounds", "1", "--only", "sqrt", "--bin"]).arg(stand_ins.path("")).arg("--results").arg(&odd);
    Ran::new(command.output().unwrap()).ended_with(0);
    let folder = fs::read_dir(&odd).unwrap().next().unwrap().unwrap().path();
    bare(&[Path::new("report"), &folder]).ended_with(0);
}

#[test]
fn an_output_that_takes_nothing_is_an_error_and_all_is_kept() {
    let stand_ins = StandIns::honest();
    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let mut bench = stand_ins.bench("--rounds 1 --only sqrt");
    let ran = Ran::new(bench.stdout(full()).stderr(Stdio::piped()).output().unwrap()).ended_with(2);
    assert!(ran.stderr.contains("failed to write to standard output"), "{}", ran.stderr);
    let folder = stand_ins.run_folder();
    assert!(folder.join("report.html").exists());
    let bench = || Command::new(env!("CARGO_BIN_EXE_bench"));
    for (arguments, status) in [(vec!["--help"], 2), (vec!["sweep", "--help"], 2), (vec!["--version"], 2)] {
        assert_eq!(
            bench().args(&arguments).stdout(full()).output().unwrap().status.code(),
            Some(status),
            "{arguments:?}"
        );
    }
    // That the reason cannot be printed does not change how it ends.
    assert_eq!(bench().arg("report").arg(&folder).stderr(full()).output().unwrap().status.code(), Some(0));
    assert_eq!(bench().arg("report").arg("/nonexistent").stderr(full()).output().unwrap().status.code(), Some(2));
}

/// The record of a run of two contenders over seven rounds, with a text where there can be one.
fn recorded(text: &str) -> (Record, Vec<Sample>) {
    let contender = |name: &str| RecordedContender {
        name: name.into(),
        workers: 2,
        command: vec![text.into()],
        why: Some(text.into()),
        bound_us: Some(7),
        basis: Basis::Rounds,
    };
    let environment =
        Environment { cpu: text.into(), host: text.into(), commit: text.into(), ..Environment::unknown() };
    let record = Record {
        baseline: Some("base".into()),
        workloads: vec![RecordedWorkload {
            workload: Workload::new(Work::Primes { workers: 2 }, Time::Wall),
            delays_us: None,
            repeats: 1,
            contenders: vec![contender("base"), contender(text)],
        }],
        notes: vec![text.into()],
        ..Record::new(text.into(), environment)
    };
    let samples = (0..8).flat_map(|round| {
        ["base", text].map(|name| Sample {
            round,
            workload: "primes".into(),
            contender: name.into(),
            wall_us: 5,
            exit: text.into(),
            ..Sample::default()
        })
    });
    (record, samples.collect())
}

/// The same as it is read from files.
fn read_back(record: &Record, samples: &[Sample]) -> anyhow::Result<Summary> {
    let record = Record::parse(&serde_json::to_string(record)?)?;
    let mut bytes = Vec::new();
    let mut file = SampleFile::new(&mut bytes, Path::new("samples.csv"));
    samples.iter().try_for_each(|sample| file.append(sample))?;
    drop(file);
    Ok(summarise(&record, &sample::parse(&String::from_utf8(bytes)?)?))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_record_with_any_text_in_it_makes_reports_that_are_well_formed(
        text in prop_oneof!["\\PC{1,30}", "[\\x00-\\x7f]{1,30}", "[|<>&`*_\\\\!\\[\\]()#-]{1,30}", any::<String>()],
    ) {
        let (record, samples) = recorded(&text);
        // One that is refused makes no report.
        let Ok(summary) = read_back(&record, &samples) else { return Ok(()) };
        prop_assert_eq!(summary.workloads[0].rows.iter().map(|row| row.runs).sum::<usize>(), 14);
        let draw = |name: &str, width: f64| match name {
            "scaling.svg" => scaling::draw(&summary, &scaling::TIME, width),
            "memory.svg" => scaling::draw(&summary, &scaling::MEMORY, width),
            "ratios.svg" => ratios::draw(&summary, width),
            "cost.svg" => cost::draw(&summary, width),
            _ => None,
        };
        for name in ["ratios.svg", "cost.svg"] {
            roxmltree::Document::parse(&draw(name, 860.0).unwrap()).unwrap();
        }
        are_well_formed(&terminal(&summary, Style::default()), &markdown(&summary), &page(&summary, &draw, &[]));
        csv(&summary).unwrap();
    }
}

#[test]
fn a_large_record_is_summed_up_in_time_that_grows_with_it() {
    let (mut record, _) = recorded("x");
    record.rounds = Some(1_000);
    // 100,000 rows: with a look at every row for every row this test would take minutes.
    let samples = |rounds: usize| {
        let samples = (1..=rounds).flat_map(|round| {
            (0..50).flat_map(move |repeat| {
                ["base", "x"].map(|name| Sample {
                    round,
                    repeat,
                    workload: "primes".into(),
                    contender: name.into(),
                    wall_us: 5,
                    ..Sample::default()
                })
            })
        });
        samples.collect::<Vec<_>>()
    };
    let summary = read_back(&record, &samples(1_000)).unwrap();
    assert_eq!(summary.workloads[0].rows[0].runs, 50_000);
    let mut many = samples(1_000);
    many.extend(samples(1_000));
    many.push(many[0].clone());
    assert_eq!(read_back(&record, &many).unwrap_err().to_string(), "it has more than 200000 rows");
}
