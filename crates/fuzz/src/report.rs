//! The reports of a run, from what is in its folder: `run.json`, `samples.csv` and the JSON report of a program, with a zero byte
//! between them.

use bench::analyse::summary::{Summary, summarise};
use bench::commands::compare::compare;
use bench::record::program_report::ProgramReport;
use bench::record::run::Record;
use bench::record::sample;
use bench::show::grid::Style;
use bench::show::html::page;
use bench::show::pictures::{cost, race, ratios, scaling, waterfall};
use bench::show::replay;
use bench::show::table::{csv, markdown, terminal};

use crate::input::Input;

/// Whatever is accepted can be reported in every form, without a figure that is none; and the summary is read as it is written.
pub fn target(bytes: &[u8]) {
    let mut input = Input(bytes);
    let [record, samples, report] = [input.part(), input.part(), input.part()].map(str::from_utf8);
    let (Ok(record), Ok(samples), Ok(report)) = (record, samples, report) else { return };
    let report = ProgramReport::parse(report.as_bytes()).ok();
    if let Some(report) = &report {
        assert!(report.inside_us().is_finite());
        assert!(report.prime_answers().len() <= report.samples.len());
    }
    let (Ok(record), Ok(samples)) = (Record::parse(record), sample::parse(samples)) else { return };
    let summary = summarise(&record, &samples);
    assert!(summary.workloads.iter().flat_map(|table| &table.rows).map(|row| row.runs).sum::<usize>() <= samples.len());

    let json = serde_json::to_string(&summary).expect("a summary");
    let again: Summary = serde_json::from_str(&json).expect("the summary that was written");
    assert_eq!(serde_json::to_string(&again).expect("a summary"), json);

    let reports = |_: &str, _: &str| report.clone();
    let draw = |name: &str, width: f64| match name {
        "waterfall.svg" => waterfall::draw(&summary, &reports, width),
        "scaling.svg" => scaling::draw(&summary, &scaling::TIME, width),
        "memory.svg" => scaling::draw(&summary, &scaling::MEMORY, width),
        "ratios.svg" => ratios::draw(&summary, width),
        _ => cost::draw(&summary, width),
    };
    let page = page(&summary, &draw, &replay::films(&summary, &reports));
    let film = race::draw(&summary, &reports).unwrap_or_default();
    for nothing in ["NaN", "-NaN", "inf", "-inf"] {
        assert!(!page.contains(&format!("=\"{nothing}")), "{nothing} has no place in a picture");
        for number in [format!("=\"{nothing}"), format!(" {nothing}%"), format!("{nothing}px")] {
            assert!(!film.contains(&number), "{number} has no place in the film");
        }
    }
    terminal(&summary, Style::default());
    markdown(&summary);
    csv(&summary).expect("a table");
    _ = compare(&summary, &again);
}
