//! The account of a run, under random faults: downloads side by side, each in the middle of its own script, until all have ended
//! or the run is interrupted.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use proptest::prelude::*;

use crate::{
    http::{Answer, Code, Download, Flag, FlagSample, LONGEST_WAIT, Outcome, Settings, Step, gif::PIXEL},
    run::{Cancel, Class, Failure, Finished, Phase, Recorder, Sample, Signal, Tally, record::Record, status},
    workloads::flags::{Flags, report},
};

/// What a server, a disk or a worker does to one flag.
#[derive(Clone, Debug)]
struct Script {
    replies: Vec<Reply>,
    saves: bool,
    /// The worker ends before this step.
    lost_at: Option<usize>,
}

#[derive(Clone, Debug)]
enum Reply {
    Flag,
    Page,
    Status(u16),
    Moved(&'static str),
    Fails(Class),
}

fn reply() -> impl Strategy<Value = Reply> {
    let statuses = prop::sample::select(vec![404, 418, 429, 500, 503, 206, 304]);
    let locations = prop::sample::select(vec!["/a", "b.gif", "https://h.example/", "file:///x", ""]);
    let phases = prop::sample::select(vec![Phase::Connect, Phase::FirstByte, Phase::Body]);
    let classes = vec![Class::Refused, Class::Reset, Class::Closed, Class::Truncated, Class::Protocol, Class::TooLarge];
    prop_oneof![
        3 => Just(Reply::Flag),
        1 => Just(Reply::Page),
        2 => statuses.prop_map(Reply::Status),
        2 => locations.prop_map(Reply::Moved),
        1 => phases.prop_map(|phase| Reply::Fails(Class::Timeout(phase))),
        2 => prop::sample::select(classes).prop_map(Reply::Fails),
    ]
}

fn script() -> impl Strategy<Value = Script> {
    let lost_at = prop_oneof![9 => Just(None), 1 => (0..4usize).prop_map(Some)];
    (prop::collection::vec(reply(), 1..6), prop::bool::weighted(0.9), lost_at)
        .prop_map(|(replies, saves, lost_at)| Script { replies, saves, lost_at })
}

fn answer(reply: &Reply) -> Result<Answer, Failure> {
    let status = |status| Answer { status, ..Answer::default() };
    Ok(match reply {
        Reply::Flag => Answer { body: PIXEL.into(), ..status(200) },
        Reply::Page => Answer { body: b"<html>".into(), ..status(200) },
        Reply::Status(code) => status(*code),
        Reply::Moved(to) => Answer { location: Some((*to).into()), ..status(302) },
        Reply::Fails(class) => return Err(Failure::new(*class, "it failed")),
    })
}

/// What happened to one flag, as its server, its disk and its worker saw it.
#[derive(Default)]
struct Seen {
    requests: u64,
    redirects: u64,
    /// The last answer was a redirect; if another request follows, it was followed.
    moved: bool,
    missing: bool,
    saved: Option<u64>,
    lost: bool,
}

/// One download under way.
struct Lane<'a> {
    flag: Flag,
    download: Download<'a>,
    script: &'a Script,
    most_requests: u64,
    steps: usize,
    seen: Seen,
}

impl Lane<'_> {
    /// Takes a step; says whether the download has ended.
    fn step(&mut self, recorder: &mut Recorder<FlagSample>) -> bool {
        if self.script.lost_at == Some(self.steps) {
            self.seen.lost = true;
            recorder.lost(self.flag, "killed by SIGKILL");
            return true;
        }
        self.steps += 1;
        match self.download.step() {
            Step::Wait(pause) => {
                assert!(pause <= LONGEST_WAIT);
                self.seen.moved = false;
            }
            Step::Get(_) => {
                self.seen.redirects += u64::from(self.seen.moved);
                let replies = &self.script.replies;
                let reply = &replies[self.seen.requests as usize % replies.len()];
                self.seen.requests += 1;
                assert!(self.seen.requests <= self.most_requests, "there is an end");
                self.seen.moved = matches!(reply, Reply::Moved(_));
                self.seen.missing = matches!(reply, Reply::Status(404));
                self.download.answered(answer(reply));
            }
            Step::Compute(rounds) => self.download.computed(rounds.compute()),
            Step::Save(body) => {
                self.seen.saved = self.script.saves.then_some(body.len() as u64);
                self.download.saved(self.seen.saved.ok_or(io::ErrorKind::StorageFull.into()));
            }
            Step::Done(sample) => {
                recorder.record(sample);
                return true;
            }
        }
        false
    }
}

/// How a run is interrupted, if it is: after this many steps, and its grace ends after this many more.
type Interruption = Option<(usize, usize)>;

struct Run {
    tally: Tally,
    samples: Vec<FlagSample>,
    seen: Vec<(Flag, Seen)>,
    signal: Option<Signal>,
}

fn run(
    scripts: &[Script],
    copies: u32,
    settings: &Settings,
    interruption: Interruption,
    mut order: impl FnMut(usize) -> usize,
) -> Run {
    let codes =
        scripts.iter().enumerate().map(|(n, _)| format!("A{}", (b'A' + n as u8) as char).parse::<Code>().unwrap());
    let cancel = Cancel::default();
    let mut flags = Flags::new(codes.collect(), copies, cancel.clone());
    let shown = Arc::<AtomicU64>::default();
    let show = {
        let shown = shown.clone();
        move |_: &FlagSample, tally: &Tally| {
            assert_eq!(shown.fetch_add(1, Relaxed) + 1, tally.done(), "each sample is shown, once it is counted");
        }
    };
    let mut recorder = Recorder::new(flags.total(), Box::new(show), true, cancel.clone(), settings.clock);
    let (mut lanes, mut seen): (Vec<Lane>, _) = (Vec::new(), Vec::new());
    for step in 0.. {
        match interruption {
            Some((request, _)) if step == request => cancel.request(Signal::Terminate),
            Some((request, grace)) if step == request + grace => cancel.cut_off(),
            _ => {}
        }
        if lanes.len() < settings.concurrency
            && let Some(flag) = flags.next()
        {
            let script = &scripts[(seen.len() + lanes.len()) % scripts.len()];
            lanes.push(Lane {
                flag,
                download: Download::new(flag, 0, settings),
                script,
                most_requests: u64::from(1 + settings.retries + settings.max_redirects),
                steps: 0,
                seen: Seen::default(),
            });
        }
        if lanes.is_empty() {
            break;
        }
        let lane = order(lanes.len());
        if lanes[lane].step(&mut recorder) {
            let lane = lanes.swap_remove(lane);
            seen.push((lane.flag, lane.seen));
        }
    }
    let Finished { tally, samples, .. } = recorder.finish();
    assert_eq!(shown.load(Relaxed), tally.done());
    Run { tally, samples, seen, signal: cancel.requested() }
}

proptest! {
    #[test]
    fn whatever_happens_every_flag_is_counted_once_and_every_figure_adds_up(
        scripts in prop::collection::vec(script(), 1..6),
        copies in 1..3u32,
        (retries, max_redirects, concurrency) in (0..3u32, 0..3u32, 1..5usize),
        interruption in prop::option::weighted(0.3, (0..40usize, 0..20usize)),
        order in prop::collection::vec(any::<usize>(), 1..40),
    ) {
        let mut settings = Settings::new("http://h.example/flags".parse().unwrap(), vec![]);
        (settings.retries, settings.max_redirects, settings.concurrency) = (retries, max_redirects, concurrency);
        let mut turns = order.iter().cycle();
        let run = run(&scripts, copies, &settings, interruption, |lanes| turns.next().unwrap() % lanes);
        let Run { tally, samples, seen, signal } = &run;

        // Each flag that was begun has one sample, and no other flag has any.
        let begun: BTreeSet<_> = seen.iter().map(|(flag, _)| flag.to_string()).collect();
        let sampled: BTreeSet<_> = samples.iter().map(|sample| sample.flag.to_string()).collect();
        prop_assert_eq!((begun.len(), sampled.len()), (seen.len(), samples.len()));
        prop_assert_eq!(begun, sampled);

        // The counts are those of what was seen from outside.
        let count = |ended: fn(&Seen) -> bool| seen.iter().filter(|(_, seen)| ended(seen)).count() as u64;
        prop_assert_eq!(tally.ok, count(|seen| !seen.lost && seen.saved.is_some()));
        prop_assert_eq!(tally.not_found, count(|seen| !seen.lost && seen.missing));
        prop_assert_eq!(tally.asked, scripts.len() as u64 * u64::from(copies));
        prop_assert_eq!(tally.ok + tally.not_found + tally.errors() + tally.not_started(), tally.asked);
        prop_assert_eq!(tally.done(), seen.len() as u64);
        prop_assert!(signal.is_some() || tally.not_started() == 0);

        // Every request is an attempt, or a redirect that was followed; of a lost worker only its one attempt is known.
        let attempts = |seen: &Seen| if seen.lost { 1 } else { seen.requests - seen.redirects };
        prop_assert_eq!(tally.attempts, seen.iter().map(|(_, seen)| attempts(seen)).sum::<u64>());
        prop_assert!(samples.iter().all(|sample| sample.attempts <= 1 + retries));
        prop_assert!(seen.iter().all(|(_, seen)| seen.redirects <= u64::from(max_redirects)));
        let saved = seen.iter().filter(|(_, seen)| !seen.lost).filter_map(|(_, seen)| seen.saved);
        prop_assert_eq!(samples.iter().map(|sample| sample.bytes).sum::<u64>(), saved.sum::<u64>());

        // Only what a run's end cut off is called interrupted.
        let grace_over = interruption.is_some() && signal.is_some();
        prop_assert!(grace_over || !tally.failures.contains_key(&Class::Interrupted));

        the_report_and_the_rows_agree(tally, samples, *signal)?;
        let expected = match signal {
            Some(signal) => signal.exit_status(),
            None if tally.ok + tally.not_found == tally.asked => 0,
            None if samples.iter().all(|sample| matches!(&sample.outcome, Outcome::Error(failure) if failure.unreachable())) => 3,
            None => 1,
        };
        prop_assert_eq!(status::of(tally, *signal), expected);
    }
}

/// The JSON rows, counted again, give the counts beside them; and the closing report says the same.
fn the_report_and_the_rows_agree(
    tally: &Tally,
    samples: &[FlagSample],
    signal: Option<Signal>,
) -> Result<(), TestCaseError> {
    let (counts, errors) = Record::counts(tally);
    let rows: Vec<_> = samples.iter().map(|sample| serde_json::to_value(sample.row()).unwrap()).collect();
    let with = |outcome: &str| rows.iter().filter(|row| row["outcome"] == outcome).count() as u64;
    for (count, outcome) in [("ok", "ok"), ("not_found", "not_found"), ("errors", "error")] {
        prop_assert_eq!(counts[count], with(outcome), "{}", count);
    }
    prop_assert_eq!(counts["attempts"], rows.iter().map(|row| row["attempts"].as_u64().unwrap()).sum::<u64>());
    let mut classes: BTreeMap<String, u64> = BTreeMap::new();
    for class in rows.iter().filter_map(|row| row["class"].as_str()) {
        *classes.entry(class.into()).or_default() += 1;
    }
    prop_assert_eq!(errors, classes);

    let text = report::closing(tally, Duration::ZERO, signal.is_some());
    let said = |words: &str| {
        let line = text
            .lines()
            .find(|line| line.trim_start_matches([' ', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) == words);
        line.map_or(0, |line| line.trim().split(' ').next().unwrap().parse().unwrap())
    };
    let either = |one: &str, more: &str| said(one).max(said(more));
    prop_assert_eq!(either("flag downloaded.", "flags downloaded."), tally.ok);
    prop_assert_eq!(said("not found."), tally.not_found);
    prop_assert_eq!(either("error.", "errors."), tally.errors());
    prop_assert_eq!(either("not started (interrupted).", "not started."), tally.not_started());
    prop_assert_eq!(either("retry.", "retries."), tally.attempts - tally.done());
    Ok(())
}
