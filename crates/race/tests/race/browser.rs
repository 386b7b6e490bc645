//! The page in a real browser.

use std::fs;
use std::path::Path;

use bench::analyse::summary;
use bench::record::folder::Folder;
use bench::show::{html, replay};
use serde_json::{Value, json};

use crate::stand_in::{Page, StandIns, TASK_US, TASKS, is_gone, names, tie, within_ten_seconds};
use crate::webdriver::Browser;

/// Opens the page, and waits until it can be used.
fn opened(stand_ins: &StandIns, width: u32) -> Option<(Browser, Page)> {
    let browser = Browser::start(width, 720)?;
    let page = stand_ins.page("--flags 4 --delay 0.1..1");
    browser.open(&page.url);
    browser.wait("document.body.dataset.ready");
    Some((browser, page))
}

const START: &str = "document.getElementById('start').click()";
const A_TENTH: &str = "document.querySelector('.replay [value=\"0.1\"]').click()";
const OVER: &str = "!document.getElementById('result').hidden";
const AT_THE_END: &str = "replay.at === replay.longest() && !replay.playing";

/// What each pane shows: its name, its clock, its count, and its tiles.
fn panes(browser: &Browser) -> Value {
    browser.run(
        "return [...document.querySelectorAll('.pane')].map((pane) => ({
            name: pane.querySelector('h3').textContent,
            count: pane.querySelector('.count').textContent,
            failed: pane.querySelector('.failed').textContent,
            tiles: [...pane.querySelectorAll('.tile')].map((tile) => tile.innerText.trim().split(/\\s*\\n\\s*/)),
            pictures: [...pane.querySelectorAll('.tile img')].filter((img) => img.complete && img.naturalWidth > 0).length,
        }))",
    )
}

#[test]
fn the_flags_of_every_pane_appear_and_the_counts_are_those_of_the_run() {
    let stand_ins = StandIns::new();
    let Some((browser, page)) = opened(&stand_ins, 1280) else { return };
    browser.run(START);
    browser.wait(OVER);
    browser.wait(AT_THE_END);
    browser.wait("[...document.querySelectorAll('.tile img')].every((img) => img.complete)");
    let tiles = TASKS.map(|(task, _, class)| json!([task].into_iter().chain(class).collect::<Vec<_>>()));
    let expected: Vec<Value> = names()
        .iter()
        .map(|name| json!({"name": name, "count": "4 / 4", "failed": "1 failed", "tiles": tiles, "pictures": 3}))
        .collect();
    assert_eq!(panes(&browser), json!(expected));
    let result = browser.run("return document.getElementById('result').innerText");
    assert!(result.as_str().unwrap().contains(&tie()), "{result}");
    assert!(
        browser.run("return window.location.href").as_str().unwrap().contains("flags=4"),
        "the link repeats the race"
    );

    assert_eq!(browser.console(), Vec::<Value>::new());
    let requests = browser.requests();
    assert!(requests.len() > 6, "{requests:?}");
    let elsewhere: Vec<_> =
        requests.iter().filter(|url| !url.starts_with(&page.origin()) && !url.starts_with("data:")).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

#[test]
fn pause_pauses_and_the_time_axis_leads_to_every_moment_by_the_keyboard_alone() {
    let stand_ins = StandIns::new();
    let Some((browser, _page)) = opened(&stand_ins, 1280) else { return };
    browser.run(&format!("{A_TENTH}; document.getElementById('start').focus()"));
    browser.keys("\u{e00d}");
    browser.wait(OVER);
    browser.wait("replay.playing");
    browser.run("document.querySelector('.replay .play').focus()");
    browser.keys("\u{e00d}");
    browser.wait("!replay.playing && document.querySelector('.replay .play').textContent === 'Play'");
    let at = browser.run("return replay.at");
    assert!(at.as_f64().unwrap() < (4 * TASK_US) as f64, "it was over before it was paused");
    // Two frames later nothing has moved.
    browser.run("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    assert_eq!(browser.run("return replay.at"), at);

    // Home is the start of the axis, where nothing is done; End its end.
    browser.run("document.querySelector('.replay .time').focus()");
    browser.keys("\u{e011}");
    browser.wait("document.querySelectorAll('.tile').length === 0");
    browser.keys("\u{e010}");
    browser.wait("document.querySelectorAll('.tile').length === 4 * document.querySelectorAll('.pane').length");
    // At the moment in which one by one has done one, the others have done all.
    browser.run(&format!("replay.seek({})", TASK_US + 50_000));
    let counts: Vec<_> = panes(&browser).as_array().unwrap().iter().map(|pane| pane["count"].clone()).collect();
    assert!(counts[0] == "1 / 4" && counts[1..].iter().all(|count| count == "4 / 4"), "{counts:?}");

    // The arrows go through the flags, and each tells its name and its times.
    browser.run("document.querySelectorAll('.pane')[1].querySelector('[tabindex=\"0\"]').focus()");
    browser.keys("\u{e014}");
    let detail = browser.run("return document.querySelectorAll('.detail')[1].textContent");
    assert_eq!(detail, "CN China: 0 ms to 300 ms, done, worker 1");
}

#[test]
fn at_a_tenth_of_the_speed_it_takes_ten_times_as_long() {
    let stand_ins = StandIns::new();
    let Some((browser, _page)) = opened(&stand_ins, 1280) else { return };
    browser.run(START);
    browser.wait(OVER);
    browser.run(&format!("{A_TENTH}; document.querySelector('.replay .again').click()"));
    // Where it is, and the time of the frame in which it got there.
    let moments = browser.run(
        "const moment = () => [replay.at, replay.before];
         const frame = (done, first) => requestAnimationFrame(() =>
            moment()[1] - first[1] > 300 ? done([first, moment()]) : frame(done, first));
         return new Promise((done) => requestAnimationFrame(() => frame(done, moment())))",
    );
    let [[at, since], [later, until]] = serde_json::from_value::<[[f64; 2]; 2]>(moments).unwrap();
    let factor = (later - at) / (until - since) / 1000.0;
    assert!((factor - 0.1).abs() < 1e-6, "{factor}");
}

#[test]
fn stop_and_a_closed_page_end_the_programs() {
    let stand_ins = StandIns::new();
    stand_ins.hang("sequential");
    let Some((browser, _page)) = opened(&stand_ins, 1280) else { return };
    browser.run(START);
    let first = stand_ins.process("sequential");
    browser.run("document.getElementById('stop').click()");
    assert!(within_ten_seconds(|| is_gone(&first)));
    browser.wait("document.getElementById('news').textContent === 'Stopped.'");
    assert!(within_ten_seconds(|| {
        browser.run(START);
        stand_ins.notes("sequential").len() > 1
    }));
    let second = stand_ins.notes("sequential")[1].split(' ').next().unwrap().to_owned();
    browser.open("about:blank");
    assert!(within_ten_seconds(|| is_gone(&second)));
}

#[test]
fn a_flag_appears_while_its_strategy_still_runs_and_its_clock_goes_on() {
    let stand_ins = StandIns::new();
    stand_ins.hang("sequential");
    let Some((browser, _page)) = opened(&stand_ins, 1280) else { return };
    browser.run(START);
    browser.wait("document.querySelector('.pane .tile')?.innerText.trim() === 'BR'");
    assert_eq!(browser.run("return document.querySelector('.pane .count').textContent"), "1 / 4");
    browser.wait("parseFloat(document.querySelector('.pane .clock').textContent) > 0");
    let clock = browser.run("return document.querySelector('.pane .clock').textContent");
    browser.wait(&format!("document.querySelector('.pane .clock').textContent !== {clock}"));
    assert_eq!(
        browser.run("return document.querySelector('.replay .play').disabled"),
        true,
        "there is nothing to replay yet"
    );
}

#[test]
fn one_that_does_not_finish_is_shown_as_out_and_has_no_place() {
    let stand_ins = StandIns::new();
    stand_ins.put("process-pool", "echo 'no server' >&2; exit 3\n");
    let Some((browser, _page)) = opened(&stand_ins, 1280) else { return };
    browser.run(START);
    browser.wait(OVER);
    let out = browser.run("return [...document.querySelectorAll('.pane.out')].map((pane) => pane.innerText)");
    let [out] = serde_json::from_value::<[String; 1]>(out).unwrap();
    assert!(out.contains("process-pool") && out.contains("It is out: it ended with 3, saying \"no server\""), "{out}");
    let result = browser.run("return document.getElementById('result').innerText");
    assert!(!result.as_str().unwrap().contains("process-pool"), "{result}");
}

#[test]
fn nothing_in_the_panes_is_under_16_pixels_and_nothing_is_cut_off_in_a_narrow_window() {
    let stand_ins = StandIns::new();
    for width in [1280, 500] {
        let Some((browser, _page)) = opened(&stand_ins, width) else { return };
        browser.run(START);
        browser.wait(OVER);
        browser.wait(AT_THE_END);
        let small = browser.run(
            "return [...document.querySelectorAll('.pane *')]
                .filter((each) => each.innerText && parseFloat(getComputedStyle(each).fontSize) < 16).map((each) => each.outerHTML)",
        );
        assert_eq!(small, json!([]), "{width}");
        let wide = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(wide, 0, "{width}: the page is wider than its window");
    }
}

#[test]
fn who_wants_no_motion_sees_the_end_at_once() {
    let stand_ins = StandIns::new();
    let Some((browser, _page)) = opened(&stand_ins, 1280) else { return };
    browser.prefers("prefers-reduced-motion", "reduce");
    browser.run(START);
    browser.wait(OVER);
    assert_eq!(browser.run(&format!("return {AT_THE_END}")), true);
    browser.run("document.querySelector('.replay .again').click()");
    browser.wait("document.querySelectorAll('.tile').length > 0 && replay.playing");
    assert_eq!(browser.run("return document.getAnimations().length"), 0);
}

/// A recorded run of this repository, which has numbers too.
fn recorded() -> Folder {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results");
    let mut runs = fs::read_dir(results).unwrap().map(|entry| Folder { path: entry.unwrap().path() });
    runs.find(|run| run.file("round-1/primes.sequential.json").is_file()).expect("a run of every kind of work")
}

#[test]
fn a_recorded_run_is_replayed_out_of_one_file_alone() {
    let Some(browser) = Browser::start(1280, 720) else { return };
    let folder = recorded();
    let summary = summary::read(&folder).unwrap();
    let films = replay::films(&summary, &|workload, contender| folder.program_report(workload, contender));
    let place = tempfile::tempdir().unwrap();
    for page in [html::replay_page(&summary, &films), html::page(&summary, &|_, _| None, &films)] {
        let file = place.path().join("page.html");
        fs::write(&file, page).unwrap();
        browser.open(&format!("file://{}", file.display()));
        browser.wait("document.querySelectorAll('.tile').length === 20 * document.querySelectorAll('.pane').length");
        browser.run("document.querySelector('.again').click()");
        browser.wait("document.querySelector('.play').textContent === 'Pause'");
        browser.wait("document.querySelector('.play').textContent === 'Play'");
        browser.wait("[...document.querySelectorAll('.count')].every((count) => count.textContent === '20 / 20')");
        // The other work: numbers, which turn prime or not.
        browser.run(
            "const choice = document.querySelector('.films'); \
             choice.value = [...choice.options].find(({ text }) => text.includes('primality')).value; \
             choice.dispatchEvent(new Event('change'))",
        );
        browser
            .wait("document.querySelectorAll('.tile.prime').length === 9 * document.querySelectorAll('.pane').length");
    }
    assert_eq!(browser.console(), Vec::<Value>::new());
    let elsewhere: Vec<_> = browser.requests().into_iter().filter(|url| !url.starts_with("file://")).collect();
    assert!(elsewhere.iter().all(|url| url.starts_with("data:")), "{elsewhere:?}");
}

#[test]
fn axe_finds_nothing_serious() {
    let stand_ins = StandIns::new();
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/axe/package/axe.min.js");
    let Ok(axe) = fs::read_to_string(axe) else {
        let words: &[u8] = b"SKIPPED: axe's checks of the page (target/axe is empty: .ci/run fetches it)\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), words);
        return;
    };
    let Some((browser, _page)) = opened(&stand_ins, 1280) else { return };
    browser.run(START);
    browser.wait(OVER);
    browser.wait(AT_THE_END);
    for scheme in ["light", "dark"] {
        browser.prefers("prefers-color-scheme", scheme);
        let found = browser.run(&format!(
            "{axe}; return axe.run().then(({{ violations, passes }}) => ({{ passes: passes.length, found: violations
            .filter(({{ impact }}) => ['serious', 'critical'].includes(impact))
            .map(({{ id, nodes }}) => [id, ...nodes.map((node) => node.html)]) }}))"
        ));
        assert!(found["passes"].as_u64().unwrap() > 10, "{found}");
        assert_eq!(found["found"], json!([]), "{scheme}");
    }
}
