//! `bench choose` and `bench map`, with stand-ins for the programs that they start.

use std::fs;
use std::path::Path;

use crate::stand_in::{StandIns, bare};

#[test]
fn a_choice_is_predicted_first_ends_with_what_to_take_and_is_made_again_from_its_folder() {
    let stand_ins = StandIns::honest();
    let ran = stand_ins.run("choose --items 20 --delay 1ms..20ms --at-once 5 --rounds 1").ended_with(0);
    assert!(ran.stderr.contains("20 items, 1 to 20 ms of waiting and no computing each, 5 at once."), "{ran:#?}");
    assert!(ran.stderr.contains("Predicted: "), "{}", ran.stderr);
    for said in ["choose: 20 items", "The fastest: ", "Take ", "What limits", "1 rounds do not tell about "] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    let folder = stand_ins.run_folder();
    assert!(folder.to_string_lossy().ends_with("-choose"), "{}", folder.display());
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert!(read("report.html").contains("<h2 id=\"choice\">The choice</h2>"));
    let names = ["results.json", "table.md", "table.txt", "report.html"];
    let before = names.map(read);
    names.iter().for_each(|name| fs::remove_file(folder.join(name)).unwrap());
    let again = bare(&[Path::new("report"), &folder]).ended_with(0);
    assert!(names.map(read) == before && again.stdout == before[2]);
    let schema = serde_json::from_str(include_str!("../../results.schema.json")).unwrap();
    let results = serde_json::from_str(&read("results.json")).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&results));

    fs::write(folder.join("choose.json"), read("choose.json").replacen("\"items\": 20", "\"items\": 1e300", 1))
        .unwrap();
    let damaged = bare(&[Path::new("report"), &folder]).ended_with(2);
    assert!(damaged.stderr.contains("choose.json"), "{}", damaged.stderr);
}

#[test]
fn what_cannot_be_played_is_a_usage_error_with_one_sentence() {
    let stand_ins = StandIns::honest();
    for (arguments, said) in [
        ("--delay 5", "two times are wanted, like 80ms..300ms"),
        ("--delay 300ms..80ms", "300ms..80ms ends before it begins"),
        ("--delay 1s..2h", "an item may wait for 30 s at most"),
        ("--items 0", "0 items: give 1 to 100,000"),
        ("--items 7777777", "7,777,777 items: give 1 to 100,000"),
        ("--cpu 1h", "at most 1 s is played"),
        ("--cpu 5", "\"5\" is no time: write it with its unit, like 5ms"),
        ("--size 2MiB", "the server has items of 64 bytes to 1 MiB"),
        ("--size 40kilo", "\"40kilo\" is no size"),
        ("--at-once 300", "process-pool has at most 256"),
        ("--at-once 5000 --only thread-pool", "5,000 at once: give 1 to 1,000"),
        ("--only perl", "--only perl: the strategies are sequential, thread-pool"),
        ("--profiles no-such-file", "no-such-file"),
        ("--profiles x --items 5", "cannot be used with"),
    ] {
        let ran = stand_ins.run(&format!("choose {arguments}")).ended_with(2);
        assert!(ran.stderr.contains(said) && ran.stdout.is_empty(), "{arguments}: {}", ran.stderr);
    }
    let ran = stand_ins.run("map --delay 1ms,2ms,3ms,4ms,5ms,6ms,7ms,8ms,9ms,10ms,11ms,12ms,13ms").ended_with(2);
    assert!(ran.stderr.contains("13 delays: give 1 to 12"), "{}", ran.stderr);
    assert!(!stand_ins.results().exists(), "nothing was begun");
}

#[test]
fn a_map_has_a_cell_for_each_wait_and_its_picture_comes_between_the_markers() {
    let stand_ins = StandIns::honest();
    let ran = stand_ins.run("map --delay 0ms,2ms --cpu 0ms --items 20 --at-once 5 --rounds 1").ended_with(0);
    for said in ["map: The fastest strategy for 20 items, 5 at once", "waits 2 ms", "computes 0", "Of 2 cells"] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    let folder = stand_ins.run_folder();
    let picture = fs::read_to_string(folder.join("map.svg")).unwrap();
    roxmltree::Document::parse(&picture).unwrap();
    assert!(fs::read_to_string(folder.join("report.html")).unwrap().contains("id=\"map\""));
    let readme = stand_ins.path("README.md");
    fs::write(&readme, "# Title\n<!-- bench:map -->\n<!-- /bench:map -->\n").unwrap();
    bare(&[Path::new("readme"), &folder, Path::new("--file"), &readme]).ended_with(0);
    let text = fs::read_to_string(&readme).unwrap();
    assert!(text.contains("/map.svg\"><img src=\"results/") && text.contains("Of 2 cells"), "{text}");
    bare(&[Path::new("readme"), Path::new("--check"), Path::new("--file"), &readme]).ended_with(0);
}

#[test]
fn profiles_are_predicted_and_measured_in_a_table() {
    let stand_ins = StandIns::honest();
    let file = stand_ins.path("profiles.toml");
    fs::write(&file, "[[profile]]\nname = 'few'\nitems = 5\nat_once = 2\n").unwrap();
    let ran = stand_ins.run(&format!("choose --rounds 1 --profiles {}", file.display())).ended_with(0);
    assert!(
        ran.stdout.contains("| **few**: 5 items, no waiting and no computing each, 2 at once | sequential |"),
        "{ran:#?}"
    );
    assert!(ran.stdout.contains("Over 1 profiles and 4 times the median error is "), "{}", ran.stdout);
    assert!(fs::read_to_string(stand_ins.run_folder().join("predictions.md")).unwrap() == ran.stdout);
}
