//! What stands between a README's markers is what the recorded run says, and nothing else.

use std::fs;
use std::path::Path;

use bench::analyse::summary;
use bench::record::folder::Folder;
use bench::show::pictures::race;

use crate::stand_in::{StandIns, bare};

/// A README beside the results of a small run.
fn readme() -> StandIns {
    let stand_ins = StandIns::honest();
    stand_ins.run("--rounds 6 --only sqrt").ended_with(0);
    let name = stand_ins.run_folder().file_name().unwrap().to_string_lossy().into_owned();
    let markers = |part: &str| format!("<!-- bench:{part} results/{name} -->\n<!-- /bench:{part} -->\n");
    let text = format!("# Title\n{}{}The end.\n", markers("table"), markers("tables"));
    fs::write(stand_ins.path("README.md"), text).unwrap();
    stand_ins
}

#[test]
fn the_table_of_the_run_comes_between_the_markers() {
    let stand_ins = readme();
    let file = stand_ins.path("README.md");
    bare(&[Path::new("readme"), Path::new("--file"), &file]).ended_with(0);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("× as fast as one by one | memory |"), "{text}");
    assert!(text.contains("<details>") && text.contains("- **verdict**: "), "{text}");
    assert!(text.contains("| thread-pool |") && text.ends_with("<!-- /bench:tables -->\nThe end.\n"), "{text}");
    bare(&[Path::new("readme"), Path::new("--check"), Path::new("--file"), &file]).ended_with(0);
}

#[test]
fn a_table_that_was_edited_by_hand_is_noticed() {
    let stand_ins = readme();
    let file = stand_ins.path("README.md");
    bare(&[Path::new("readme"), Path::new("--file"), &file]).ended_with(0);
    let text = fs::read_to_string(&file).unwrap();
    for (at, name) in text.match_indices("| thread-pool |") {
        let edited = text[..at].to_owned() + "| thread-pond |" + &text[at + name.len()..];
        fs::write(&file, edited).unwrap();
        let ran = bare(&[Path::new("readme"), Path::new("--check"), Path::new("--file"), &file]).ended_with(1);
        assert!(ran.stderr.contains("changed by hand"), "{}", ran.stderr);
    }
}

#[test]
fn the_readme_of_this_repository_says_what_its_recorded_run_and_the_programs_say() {
    let programs = Path::new(env!("CARGO_BIN_EXE_bench")).with_file_name("thread-pool");
    if !programs.is_file() {
        eprintln!("skipped: {} is not built; `cargo test --workspace` builds it", programs.display());
        return;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    bare(&[Path::new("readme"), Path::new("--check"), Path::new("--file"), &file]).ended_with(0);
}

#[test]
fn the_film_of_this_repositorys_readme_is_the_one_that_its_recorded_run_makes() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(top.join("README.md")).unwrap();
    let dir = readme.split("<!-- bench:race ").nth(1).unwrap().split(' ').next().unwrap();
    let folder = Folder { path: top.join(dir) };
    let reports = |workload: &str, contender: &str| folder.program_report(workload, contender);
    let film = race::draw(&summary::read(&folder).unwrap(), &reports).unwrap();
    assert!(film == fs::read_to_string(folder.file("race.svg")).unwrap(), "run `scripts/bench report {dir}`");
    assert!(film.len() < 200_000, "{} bytes", film.len());
    roxmltree::Document::parse(&film).unwrap();
}

#[test]
fn the_goals_that_were_reached_come_between_their_markers_and_stay_as_they_are() {
    let stand_ins = StandIns::honest();
    let ran = stand_ins.run("goals --only start --rounds 1").ended_with(0);
    assert!(
        ran.stdout.contains("| 20 flags, start to end of the process | sequential: time at most 8.00 ms |"),
        "{ran:#?}"
    );
    assert!(ran.stdout.contains(" were not measured."), "{}", ran.stdout);
    let folder = stand_ins.run_folder();
    assert_eq!(bare(&[Path::new("goals"), &folder]).ended_with(0).stdout, ran.stdout);

    fs::create_dir(stand_ins.path("docs")).unwrap();
    let file = stand_ins.path("docs/performance.md");
    fs::write(&file, "# Title\n<!-- bench:goals -->\n<!-- /bench:goals -->\n").unwrap();
    bare(&[Path::new("readme"), &folder, Path::new("--file"), &file]).ended_with(0);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("<!-- bench:goals ../results/") && text.contains(&ran.stdout), "{text}");
    bare(&[Path::new("readme"), Path::new("--check"), Path::new("--file"), &file]).ended_with(0);
    fs::write(&file, text.replacen("8.00 ms", "9.00 ms", 1)).unwrap();
    bare(&[Path::new("readme"), Path::new("--check"), Path::new("--file"), &file]).ended_with(1);
}

#[test]
fn the_page_about_performance_says_what_its_recorded_run_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance.md");
    bare(&[Path::new("readme"), Path::new("--check"), Path::new("--file"), &file]).ended_with(0);
}
