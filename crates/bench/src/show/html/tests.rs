use std::collections::HashSet;

use super::*;
use crate::analyse::summary::summarise;
use crate::plan::workload::{Axis, Point, Time, Work, Workload};
use crate::record::basis::Basis;
use crate::record::environment::Environment;
use crate::record::run::{Record, RecordedContender, RecordedWorkload};
use crate::record::sample::Sample;
use crate::show::pictures::{cost, ratios, scaling};

const FLAGS: &str = "10ms..100ms";

fn flags(count: usize, delay: Option<&str>) -> Work {
    let codes: Vec<String> = (0..count).map(|n| format!("c{n}")).collect();
    Work::flags(count, &codes, 30, delay.map(str::to_owned), 1)
}

/// Eight rounds of `workloads`, in which each contender takes these times.
fn summary(sweep: bool, workloads: Vec<(Workload, Vec<(&str, u64)>)>) -> Summary {
    let mut samples = Vec::new();
    let mut recorded = Vec::new();
    for (workload, times) in workloads {
        for round in 0..9 {
            let runs = times.iter().flat_map(|(name, wall_us)| [(*name, *wall_us, false), (*name, *wall_us, true)]);
            let runs = runs.filter(|(name, _, control)| !control || *name == "sequential");
            samples.extend(runs.map(|(contender, wall_us, control)| Sample {
                round,
                workload: workload.name.clone(),
                contender: contender.into(),
                control,
                wall_us,
                peak_kib: Some(2048),
                voluntary: 70,
                ..Sample::default()
            }));
        }
        let contender = |(name, _): &(&str, u64)| RecordedContender {
            name: (*name).into(),
            workers: 1,
            command: vec![(*name).into()],
            why: None,
            bound_us: None,
            basis: Basis::Rounds,
        };
        let delays_us = matches!(workload.work, Work::Flags { delay: Some(_), .. }).then_some(1_000_000);
        let contenders = times.iter().map(contender).collect();
        recorded.push(RecordedWorkload { workload, delays_us, repeats: 1, contenders });
    }
    let environment = Environment { cores: 2, ..Environment::unknown() };
    let record = Record {
        baseline: Some("sequential".into()),
        workloads: recorded,
        sweep,
        ..Record::new("bench".into(), environment)
    };
    summarise(&record, &samples)
}

fn a_run() -> Summary {
    let named = |name: &str, work, time| Workload { name: name.into(), ..Workload::new(work, time) };
    summary(
        false,
        vec![
            (
                named("sqrt", Work::Sqrt { count: 20, workers: 2 }, Time::Inside),
                vec![("sequential", 10), ("thread-pool", 900)],
            ),
            (
                named("delay", flags(20, Some(FLAGS)), Time::Wall),
                vec![("sequential", 1_100_000), ("thread-pool", 110_000), ("async-tasks", 100_000)],
            ),
            (
                named("primes", Work::Primes { workers: 2 }, Time::Wall),
                vec![("sequential", 800_000), ("thread-pool", 400_000)],
            ),
        ],
    )
}

/// Three numbers of requests at once, with these times.
fn a_sweep(times: [u64; 3]) -> Summary {
    let point = |(value, time)| {
        let point = Some(Point { axis: Axis::Concurrency, value });
        let workload =
            Workload { name: format!("at-{value}"), point, ..Workload::new(flags(20, Some(FLAGS)), Time::Wall) };
        (workload, vec![("thread-pool", time)])
    };
    summary(true, [1, 8, 64].into_iter().zip(times).map(point).collect())
}

fn page_of(summary: &Summary) -> String {
    let drawn = |file: &str, width: f64| match file {
        "ratios.svg" => ratios::draw(summary, width),
        "cost.svg" => cost::draw(summary, width),
        "scaling.svg" => scaling::draw(summary, &scaling::TIME, width),
        "memory.svg" => scaling::draw(summary, &scaling::MEMORY, width),
        "switches.svg" => scaling::draw(summary, &scaling::SWITCHES, width),
        _ => None,
    };
    page(summary, &drawn, &[])
}

/// What stands between each `from` and the next `to`.
fn all<'a>(page: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    page.split(from).skip(1).filter_map(|rest| rest.split(to).next()).collect()
}

#[test]
fn the_lead_of_a_run_says_the_answer_its_reason_and_how_sure_it_is() {
    let [answer, reason, certainty] = lead::sentences(&a_run()).try_into().unwrap();
    assert_eq!(
        answer,
        "For 20 flags from a server that waits 10 to 100 ms, sequential needs 1.10 s; thread-pool and async-tasks need 100 ms to \
         110 ms, 10.0 to 11.0 × as fast."
    );
    assert!(reason.contains("add up to 1.00 s") && reason.contains("the 2 cores, and gains 2.00 ×"), "{reason}");
    assert!(certainty.contains("8 rounds") && certainty.contains("within 5 %"), "{certainty}");
}

#[test]
fn a_run_in_which_nothing_is_faster_says_so() {
    let times = vec![("sequential", 1_000), ("thread-pool", 1_000)];
    let run = summary(false, vec![(Workload::new(Work::Primes { workers: 2 }, Time::Wall), times)]);
    assert!(lead::sentences(&run)[0].ends_with("sequential needs 1.00 ms, and nothing else was surely faster."));
    let nothing = lead::sentences(&summary(false, Vec::new()));
    assert!(nothing.len() == 1 && nothing[0].starts_with("Nothing was compared"), "{nothing:?}");
}

#[test]
fn the_lead_of_a_sweep_names_a_knee_only_where_there_is_one() {
    let [gain, knee, cost] = lead::sentences(&a_sweep([800_000, 100_000, 99_000])).try_into().unwrap();
    assert_eq!(
        gain,
        "With more requests at once, thread-pool gets 8.08 × as fast (99.0 ms with 64 instead of 800 ms with 1)."
    );
    assert!(knee.contains("is at 8 for thread-pool"), "{knee}");
    assert!(cost.contains("with 64 at once, thread-pool needs 2.00 MiB and 70 switches"), "{cost}");
    let slower = lead::sentences(&a_sweep([800_000, 100_000, 200_000]));
    assert!(
        slower[1].ends_with("is at 8 for thread-pool; with 64, thread-pool needs 2.00 × its best time."),
        "{}",
        slower[1]
    );
    let without = lead::sentences(&a_sweep([800_000, 100_000, 50_000]));
    assert_eq!(without[1], "No knee was found between 1 and 64: the best is at an end of what was tried.");
}

#[test]
fn every_link_of_the_contents_leads_to_a_heading_of_the_page_and_none_leaves_it() {
    for summary in [a_run(), a_sweep([800_000, 100_000, 99_000])] {
        let page = page_of(&summary);
        let ids = all(&page, " id=\"", "\"");
        let unique: HashSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "an id occurs twice");
        let links = all(&page, "href=\"", "\"");
        assert!(links.len() > 6, "{links:?}");
        assert!(links.iter().all(|link| link.strip_prefix('#').is_some_and(|id| unique.contains(&id))), "{links:?}");
        assert_eq!(
            page.matches("<h2").count(),
            links.len() - 1,
            "every heading is in the contents, beside the link to them"
        );
        assert!(!page.contains("<script") && !page.contains("@import") && !page.contains("url("));
    }
}

#[test]
fn every_table_has_a_caption_and_scoped_heads_and_says_that_it_scrolls() {
    for (summary, captions) in [(a_run(), 3), (a_sweep([800_000, 100_000, 99_000]), 2)] {
        let page = page_of(&summary);
        let tables = all(&page, "<table>", "</table>");
        assert_eq!(tables.len(), captions);
        for table in &tables {
            assert_eq!(table.matches("<caption>").count(), 1);
            assert_eq!(table.matches("<th ").count(), table.matches("<th scope=").count());
            assert!(!table.contains("<th>"));
            assert_eq!(table.matches("<tr").count() - 1, table.matches("scope=\"row\"").count());
        }
        assert_eq!(page.matches("class=\"hint\"").count(), captions);
        assert_eq!(page.matches("tabindex=\"0\" role=\"region\"").count(), captions);
    }
}

#[test]
fn every_figure_and_table_is_explained_beside_it_and_names_its_time() {
    let page = page_of(&a_run());
    assert_eq!(
        page.matches("What am I looking at?").count(),
        page.matches("<figure").count() + page.matches("<table").count()
    );
    let captions = all(&page, "<caption>", "</caption>");
    assert!(captions[0].ends_with("; times inside main") && captions[1].ends_with("; times of the whole process"));
    let sweep = page_of(&a_sweep([800_000, 100_000, 99_000]));
    for heading in ["id=\"scaling\"", "id=\"memory\"", "id=\"switches\""] {
        assert!(sweep.contains(heading), "{heading}");
    }
}

#[test]
fn the_style_sheet_has_no_colours_of_its_own_and_shows_the_focus() {
    assert!(!STYLE.contains("#0") && !STYLE.contains("#f") && !STYLE.contains("rgb"));
    let named: HashSet<_> = all(STYLE, "var(--", ")").into_iter().collect();
    assert!(named.iter().all(|name| palette::page().matches(&format!("--{name}: #")).count() == 2), "{named:?}");
    assert!(STYLE.contains(":focus-visible") && STYLE.contains("size: A4"));
}
