//! The answer of `bench choose`: what is said before the measurement, the table, and the paragraph.

use crate::analyse::choice::Reason;
use crate::analyse::choosing::{Answer, Judged};
use crate::analyse::summary::Summary;
use crate::analyse::verdict::Verdict;
use crate::base::numbers::{duration, percent, speed, thousands};
use crate::record::choosing::{Choosing, Limit, Predicted};
use crate::show::grid::{Grid, Head, Line};
use crate::show::headline::list;
use crate::show::sentences::{LOUD, capital};
use crate::show::sweep::memory;

/// The place of the verdict among the columns.
const VERDICT: usize = 5;

/// What is said before the measurement.
pub fn prediction(choosing: &Choosing) -> String {
    let mut said = format!("{}.\n", capital(&choosing.profile.words()));
    let wall = |one: &Predicted| {
        let computed = if one.is_only_computed { " (only computed)" } else { "" };
        format!("{} {}{computed}", one.contender, duration(one.whole_us))
    };
    let mut order: Vec<&Predicted> = choosing.predictions.iter().collect();
    order.sort_by(|one, other| one.whole_us.total_cmp(&other.whole_us));
    said += &format!("Predicted: {}.", list(&order.into_iter().map(wall).collect::<Vec<_>>()));
    said
}

/// The table: a line for each strategy, measured or computed.
pub fn grid(answer: &Answer) -> Grid {
    let head = |text: &str, goes| Head { text: text.into(), goes };
    let has_pauses = answer.rows.iter().any(|row| row.loop_pause_us.is_some());
    let mut heads = vec![
        head("strategy", None),
        head("time", None),
        head("predicted", None),
        head("off by", None),
        head("beside the fastest", Some(1)),
        head("verdict", None),
        head("memory", None),
        head("CPU", Some(2)),
    ];
    if has_pauses {
        heads.push(head("loop paused", Some(0)));
    }
    let dash = || "–".to_owned();
    let line = |row: &Judged| {
        let is_fastest = Some(&row.contender) == answer.fastest.as_ref();
        let mut cells = vec![
            row.contender.clone(),
            duration(row.time_us),
            duration(row.predicted_us),
            off(row.error),
            if is_fastest { "1".into() } else { speed(row.ratio, row.interval) },
            if is_fastest { "fastest".into() } else { row.verdict.word().into() },
            row.peak_kib.map_or_else(dash, memory),
            duration(row.cpu_us),
        ];
        if has_pauses {
            cells.push(row.loop_pause_us.map_or_else(dash, duration));
        }
        Line { cells, control: false }
    };
    let mut lines: Vec<Line> = answer.rows.iter().map(line).collect();
    if let Some(computed) = &answer.computed {
        let mut cells = vec![dash(); heads.len()];
        (cells[0], cells[1]) = (computed.contender.clone(), duration(computed.time_us));
        cells[VERDICT] = "computed".into();
        lines.insert(0, Line { cells, control: true });
    }
    let choosing = &answer.choosing;
    let mut measured = choosing.profile.clone();
    measured.items = choosing.items;
    Grid { name: "choose".into(), title: measured.words(), heads, lines, notes: paragraph(answer) }
}

/// How far a prediction is off, with its sign.
pub(super) fn off(error: f64) -> String {
    let sign = if error < 0.0 { "-" } else { "+" };
    format!("{sign}{}", percent(error.abs()))
}

/// The answer, a sentence or two for each thing that was asked.
pub fn paragraph(answer: &Answer) -> Vec<String> {
    if answer.rows.is_empty() {
        return vec!["Nothing was measured, and so there is no answer: only the prediction.".into()];
    }
    let parts = [
        items(answer),
        fastest(answer),
        take(answer),
        limit(answer),
        pays(answer),
        model(answer),
        pause(answer),
        noise(answer),
    ];
    parts.into_iter().flatten().collect()
}

/// Where the budget had no room for all items.
fn items(answer: &Answer) -> Option<String> {
    let choosing = &answer.choosing;
    let (items, all) = (choosing.items, choosing.profile.items);
    (items < all).then(|| {
        let [items, all] = [items, all].map(|n| thousands(n as u64));
        let whole = answer.whole_us.map(|us| {
            format!(": for all {all} the one to take needs about {}, drawn out from two sizes", duration(us))
        });
        format!("The budget has room for {items} of the {all} items{}.", whole.unwrap_or_default())
    })
}

fn fastest(answer: &Answer) -> Option<String> {
    let fastest = answer.rows.iter().find(|row| Some(&row.contender) == answer.fastest.as_ref())?;
    let called = |verdict| -> Vec<&Judged> {
        let others = answer.rows.iter().filter(|row| row.contender != fastest.contender && row.verdict == verdict);
        others.collect()
    };
    let time = |row: &&Judged| format!("{} ({})", row.contender, duration(row.time_us));
    let same = called(Verdict::TheSame);
    let mut said = format!("The fastest: {}", time(&fastest));
    if !same.is_empty() {
        let each_other = if same.len() > 1 && !answer.all_the_same { ", though not all as each other" } else { "" };
        said += &format!("; {} {} the same{each_other}", list(&same.iter().map(time).collect::<Vec<_>>()), are(&same));
    }
    let slower = called(Verdict::Slower);
    if !slower.is_empty() {
        let how = |row: &&Judged| format!("{} {}", row.contender, speed(row.ratio, None));
        said += &format!("; slower: {}", list(&slower.iter().map(how).collect::<Vec<_>>()));
    }
    let unclear = [called(Verdict::Unclear), called(Verdict::Faster)].concat();
    if !unclear.is_empty() {
        let names: Vec<String> = unclear.iter().map(time).collect();
        said += &format!("; {} rounds do not tell about {}", answer.rounds, list(&names));
    }
    if let Some(computed) = &answer.computed {
        let from =
            if computed.from_measured { "the delays and the measured cost of an item" } else { "the prediction" };
        said += &format!("; {} would need {} (computed from {from})", computed.contender, duration(computed.time_us));
    }
    Some(said + ".")
}

fn are(rows: &[&Judged]) -> &'static str {
    if rows.len() == 1 { "is" } else { "are" }
}

fn take(answer: &Answer) -> Option<String> {
    let name = answer.take.as_ref()?;
    let row = answer.rows.iter().find(|row| row.contender == *name)?;
    let memory = row.peak_kib.map(memory).unwrap_or_default();
    Some(match answer.reason? {
        Reason::Fastest if answer.rows.iter().any(|row| row.verdict == Verdict::Unclear) => {
            format!("Take {name}: it had the least time, but the rounds do not tell whether it alone is as fast.")
        }
        Reason::Fastest => format!("Take {name}: nothing else is as fast."),
        Reason::Memory => format!("Take {name}: of those that are the same it needs the least memory, {memory}."),
        Reason::Cpu => format!(
            "Take {name}: of those that are the same it needs the least processor time, {}, and no more memory.",
            duration(row.cpu_us)
        ),
        Reason::Simplest => {
            format!("Take {name}: of those that are the same, and cost the same, it is the simplest to write.")
        }
    })
}

fn limit(answer: &Answer) -> Option<String> {
    let predicted = answer.choosing.predictions.iter().find(|one| Some(&one.contender) == answer.take.as_ref())?;
    let now = answer.choosing.profile.at_once;
    let knee = predicted.knee;
    let at_knee = format!("{} at once, with about {}", thousands(knee.at_once as u64), duration(knee.wall_us));
    Some(match answer.limit? {
        Limit::Delays => "What limits is the server's longest delay: nothing on this side helps.".into(),
        Limit::Processors if knee.at_once < now => {
            format!(
                "What limits are the processors: more at once would not help, and {} would do.",
                thousands(knee.at_once as u64)
            )
        }
        Limit::Processors => {
            "What limits are the processors: more at once would not help, less work per item would.".into()
        }
        Limit::AtOnce if knee.at_once > now => {
            format!("What limits is how many are under way at once: more would help, up to {at_knee}.")
        }
        Limit::AtOnce => "What limits is how many are under way at once, and no more are possible.".into(),
        Limit::StartUp => "What limits is the start of the program: more items would take hardly longer.".into(),
    })
}

fn pays(answer: &Answer) -> Option<String> {
    let (choosing, name) = (&answer.choosing, answer.take.as_ref()?);
    let few = choosing.few.as_ref()?.items;
    match answer.pays_from {
        Some(1) => Some(format!(
            "It pays from the first item on (measured with {few} and {}).",
            thousands(choosing.items as u64)
        )),
        Some(from) => Some(format!(
            "It pays from about {} items on; below, one by one is as good (measured with {few} and {}).",
            thousands(from as u64),
            thousands(choosing.items as u64)
        )),
        None if *name == crate::plan::strategies::baseline() => Some("No other strategy pays for this work.".into()),
        None => None,
    }
}

/// How good the prediction was: a model that is off says so.
fn model(answer: &Answer) -> Option<String> {
    let off_by = |row: &&Judged| format!("{} by {}", row.contender, off(row.error));
    let off: Vec<String> = answer.rows.iter().filter(|row| !row.model_holds()).map(|row| off_by(&row)).collect();
    let worst = answer.rows.iter().map(|row| row.error.abs()).fold(0.0, f64::max);
    Some(match off.is_empty() {
        true => format!("The prediction was right to within {}.", percent(worst)),
        false => format!("The prediction is off for {}: there the model leaves something out.", list(&off)),
    })
}

/// Whether the machine was too loud for an answer.
fn noise(answer: &Answer) -> Option<String> {
    let band = percent(answer.noise_band);
    (answer.noise_band > LOUD).then(|| {
        format!("The machine is loud, so that a difference within {band} is none: run it again on a quieter one.")
    })
}

/// What computing on an event loop does to it.
fn pause(answer: &Answer) -> Option<String> {
    let pauses =
        answer.rows.iter().filter_map(|row| Some(format!("{} for {}", row.contender, duration(row.loop_pause_us?))));
    let pauses: Vec<String> = pauses.collect();
    (!pauses.is_empty()).then(|| format!("The event loop stood still at the longest: {}.", list(&pauses)))
}

/// The lead of the report: the paragraph, if this is the run of a choice.
pub fn lead(summary: &Summary) -> Option<Vec<String>> {
    summary.choice.as_ref().map(paragraph)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::choosing::Computed;
    use crate::plan::profile::Profile;
    use crate::record::choosing::{Few, Knee};

    fn answer(change: impl Fn(&mut Answer)) -> Answer {
        let profile =
            Profile { items: 500, delay: Some("80ms..300ms".into()), at_once: 100, cpu_us: 5_000, size: None };
        let predicted = |name: &str| Predicted {
            contender: name.into(),
            wall_us: 1.3e6,
            whole_us: 1.3e6,
            is_only_computed: name == "sequential",
            limit: Limit::AtOnce,
            knee: Knee { at_once: 250, wall_us: 0.9e6 },
        };
        let few = Few { items: 3, delays_us: 570_000, times_us: vec![("sequential".into(), 0.6e6)] };
        let names = ["sequential", "thread-pool", "process-pool"];
        let predictions = names.map(predicted).into();
        let choosing = Choosing {
            profile,
            items: 500,
            few: Some(few),
            delays_us: 95_000_000,
            rounds_per_ms: 7_000.0,
            predictions,
        };
        let row = |name: &str, time_us: f64, verdict| Judged {
            contender: name.into(),
            time_us,
            predicted_us: 1.3e6,
            error: 1.3e6 / time_us - 1.0,
            ratio: time_us / 1.25e6,
            interval: Some([0.99, 1.3]),
            verdict,
            peak_kib: Some(8_192.0),
            cpu_us: 2.5e6,
            loop_pause_us: None,
        };
        let mut answer = Answer {
            choosing,
            rows: vec![row("thread-pool", 1.25e6, Verdict::TheSame), row("process-pool", 1.5e6, Verdict::Slower)],
            rounds: 12,
            noise_band: 0.05,
            computed: Some(Computed { contender: "sequential".into(), time_us: 97.5e6, from_measured: true }),
            fastest: Some("thread-pool".into()),
            all_the_same: true,
            take: Some("thread-pool".into()),
            reason: Some(Reason::Fastest),
            limit: Some(Limit::AtOnce),
            pays_from: Some(2),
            whole_us: None,
        };
        change(&mut answer);
        answer
    }

    #[test]
    fn the_answer_says_what_to_take_and_what_would_help_and_fits_a_small_screen() {
        let said = paragraph(&answer(|_| ()));
        assert_eq!(
            said,
            [
                "The fastest: thread-pool (1.25 s); slower: process-pool 1.20 × as slow; sequential would need 97.5 s (computed from \
                 the delays and the measured cost of an item).",
                "Take thread-pool: nothing else is as fast.",
                "What limits is how many are under way at once: more would help, up to 250 at once, with about 900 ms.",
                "It pays from about 2 items on; below, one by one is as good (measured with 3 and 500).",
                "The prediction is off for process-pool by -13 %: there the model leaves something out.",
            ]
        );
        let lines: usize = said.iter().map(|text| crate::base::wrap::wrap(text, 78).len()).sum();
        assert!(lines <= 10, "{said:?}");
    }

    #[test]
    fn ties_doubts_and_pauses_are_said() {
        let tie = paragraph(&answer(|answer| {
            answer.rows[1].verdict = Verdict::TheSame;
            answer.rows[1].loop_pause_us = Some(35e3);
            answer.reason = Some(Reason::Memory);
            answer.noise_band = 0.3;
            answer.limit = Some(Limit::Processors);
        }));
        assert!(tie[0].contains("; process-pool (1.50 s) is the same; sequential"), "{tie:?}");
        assert!(tie[1].ends_with("it needs the least memory, 8.00 MiB."), "{tie:?}");
        assert!(tie[2].contains("the processors: more at once would not help"), "{tie:?}");
        assert_eq!(tie[5], "The event loop stood still at the longest: process-pool for 35.0 ms.");
        assert!(tie[6].starts_with("The machine is loud, so that a difference within 30 % is none"), "{tie:?}");
        let unclear = paragraph(&answer(|answer| answer.rows[1].verdict = Verdict::Unclear));
        assert!(unclear[1].contains("it had the least time, but"), "{unclear:?}");
        assert!(unclear[0].contains("12 rounds do not tell about process-pool (1.50 s)"), "{unclear:?}");
        let nothing = paragraph(&answer(|answer| answer.rows.clear()));
        assert!(nothing.len() == 1 && nothing[0].starts_with("Nothing was measured"), "{nothing:?}");
    }

    #[test]
    fn fewer_items_than_were_asked_for_are_said_first() {
        let said = paragraph(&answer(|answer| {
            answer.choosing.items = 200;
            answer.whole_us = Some(1.3e6);
        }));
        assert!(said[0].starts_with(
            "The budget has room for 200 of the 500 items: for all 500 the one to take needs about 1.30 s"
        ));
    }

    #[test]
    fn the_table_has_what_was_computed_and_nothing_beside_it() {
        let grid = grid(&answer(|_| ()));
        assert_eq!(grid.lines[0].cells[..6], ["sequential", "97.5 s", "–", "–", "–", "computed"]);
        assert_eq!(grid.heads[VERDICT].text, "verdict");
        assert_eq!(grid.lines[1].cells[3..6], ["+4 %", "1", "fastest"]);
        assert!(grid.lines.iter().all(|line| line.cells.len() == grid.heads.len()));
        let said = prediction(&answer(|_| ()).choosing);
        assert!(said.contains("Predicted: sequential 1.30 s (only computed), thread-pool 1.30 s and"), "{said}");
    }
}
