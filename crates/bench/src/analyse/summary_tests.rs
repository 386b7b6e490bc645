use super::*;
use crate::plan::workload::Workload;
use crate::record::basis::Basis;
use crate::record::environment::Environment;

fn record(work: Work, time: Time) -> Record {
    let contender = |name: &str, workers| RecordedContender {
        name: name.into(),
        workers,
        command: vec![name.into()],
        why: None,
        bound_us: None,
        basis: Basis::Rounds,
    };
    let mut record = Record::new("bench".into(), Environment::unknown());
    record.baseline = Some("base".into());
    record.workloads = vec![RecordedWorkload {
        workload: Workload { name: "w".into(), ..Workload::new(work, time) },
        delays_us: None,
        repeats: 1,
        contenders: vec![contender("base", 1), contender("x", 2)],
    }];
    record
}

fn sample(round: usize, contender: &str, control: bool, wall_us: u64) -> Sample {
    Sample { round, contender: contender.into(), workload: "w".into(), control, wall_us, ..Sample::default() }
}

/// Seven rounds on a machine that gets slower and slower; the contender takes half the time of the baseline.
fn drifting() -> Vec<Sample> {
    (0..8)
        .flat_map(|round| {
            let slow = 1_000 + 500 * round as u64;
            [
                sample(round, "x", false, slow),
                sample(round, "base", true, 2 * slow),
                sample(round, "base", false, 2 * slow),
            ]
        })
        .collect()
}

fn table_of(record: &Record, samples: &[Sample]) -> Table {
    summarise(record, samples).workloads.remove(0)
}

#[test]
fn ratios_are_paired_by_round_so_that_a_drift_does_not_matter() {
    let table = table_of(&record(Work::Primes { workers: 2 }, Time::Wall), &drifting());
    let row = &table.rows[2];
    assert_eq!((row.contender.as_str(), row.runs), ("x", 7), "round 0 does not count");
    let ratio = row.ratio.as_ref().unwrap();
    assert_eq!((ratio.median, ratio.interval, ratio.values.len()), (0.5, Some([0.5, 0.5]), 7));
    assert_eq!(row.verdict, Some(Verdict::Faster));
    assert_eq!(row.time_us, 3_000.0);
}

#[test]
fn the_control_stands_below_the_baseline_and_gets_no_verdict() {
    let table = table_of(&record(Work::Primes { workers: 2 }, Time::Wall), &drifting());
    let names: Vec<_> = table.rows.iter().map(Row::label).collect();
    assert_eq!(names, ["base", "base again", "x"]);
    assert_eq!(table.rows[1].ratio.as_ref().unwrap().median, 1.0);
    assert_eq!((table.rows[0].verdict, table.rows[1].verdict), (None, None));
    assert!(table.rows[0].ratio.is_none());
}

#[test]
fn what_the_baseline_shows_against_itself_is_no_difference() {
    let mut samples = drifting();
    for (i, sample) in samples.iter_mut().filter(|sample| sample.control).enumerate() {
        sample.wall_us = sample.wall_us * if i % 2 == 0 { 3 } else { 2 } / 2;
    }
    let table = table_of(&record(Work::Primes { workers: 2 }, Time::Wall), &samples);
    assert_eq!(table.noise_band, 0.5);
    assert_eq!(table.rows[2].verdict, Some(Verdict::Unclear), "half the time is inside of 1 ± 50 %");
}

#[test]
fn the_runs_of_a_slot_count_as_their_mean() {
    let mut samples = drifting();
    samples.push(Sample { repeat: 1, ..sample(7, "x", false, 104_500) });
    let table = table_of(&record(Work::Primes { workers: 2 }, Time::Wall), &samples);
    assert_eq!(table.rows[2].times_us.last(), Some(&54_500.0), "the mean of 4,500 and 104,500");
    assert_eq!(table.rows[2].times_us.len(), 7);
}

#[test]
fn a_contender_that_was_wrong_once_has_no_row_and_is_named() {
    let mut samples = drifting();
    samples[9].wrong = Some("BR.gif is missing".into());
    let summary = summarise(&record(Work::Primes { workers: 2 }, Time::Wall), &samples);
    assert!(summary.workloads[0].rows.iter().all(|row| row.contender != "x"));
    assert_eq!(
        summary.wrong,
        [WrongAnswer { workload: "w".into(), contender: "x".into(), round: 3, reason: "BR.gif is missing".into() }]
    );
}

#[test]
fn a_round_that_was_interrupted_pairs_only_what_is_there() {
    let mut samples = drifting();
    samples.push(sample(8, "x", false, 1));
    let table = table_of(&record(Work::Primes { workers: 2 }, Time::Wall), &samples);
    assert_eq!(table.rows[2].ratio.as_ref().unwrap().values.len(), 7);
    assert_eq!(table.rows[2].runs, 8);
}

#[test]
fn the_time_inside_main_is_compared_where_the_workload_says_so() {
    let mut samples = drifting();
    samples.iter_mut().for_each(|sample| sample.inside_us = Some(7.0));
    let table = table_of(&record(Work::Sqrt { count: 20, workers: 2 }, Time::Inside), &samples);
    assert_eq!((table.rows[0].time_us, table.rows[0].wall_us), (7.0, 6_000.0));
}

#[test]
fn the_bound_of_the_delays_is_that_of_each_ones_workers() {
    let codes = vec!["BR".into(); 4];
    let work = Work::Flags {
        codes,
        copies: 1,
        concurrency: 2,
        delay: Some("x".into()),
        seed: 1,
        size: None,
        cpu: None,
        nginx: false,
    };
    let mut record = record(work, Time::Wall);
    record.workloads[0].contenders[0].bound_us = Some(5_000);
    record.workloads[0].contenders[1].bound_us = Some(2_500);
    let table = table_of(&record, &drifting());
    assert_eq!([0, 1, 2].map(|i| table.rows[i].bound_us), [Some(5_000.0), Some(5_000.0), Some(2_500.0)]);
    assert!((table.rows[2].efficiency().unwrap() - 2_500.0 / 3_000.0).abs() < 1e-9);
}

#[test]
fn the_bound_of_the_primes_is_the_processor_time_of_one_by_one_dealt_out() {
    let mut samples = drifting();
    samples.iter_mut().for_each(|sample| (sample.user_us, sample.system_us) = (990_000, 10_000));
    let table = table_of(&record(Work::Primes { workers: 2 }, Time::Wall), &samples);
    assert!((table.ceiling.unwrap() - 8.67).abs() < 0.01);
    let bounds = [0, 2].map(|i| table.rows[i].bound_us.unwrap());
    assert!((bounds[0] - 1e6).abs() < 100.0 && bounds[1] > 0.5e6 && bounds[1] < 0.53e6, "{bounds:?}");
}

/// A record of a fast server and of one that waits, on which the baseline was not run: for ten flags each.
fn waiting(basis: Basis) -> Record {
    let flags = |delay: Option<&str>| {
        let codes: Vec<String> = (0..10).map(|n| format!("c{n}")).collect();
        Work::flags(10, &codes, 2, delay.map(String::from), 1)
    };
    let mut fast = record(flags(None), Time::Wall).workloads;
    let mut record = record(flags(Some("1s")), Time::Wall);
    record.workloads[0].delays_us = Some(10_000_000);
    record.workloads[0].contenders[0].basis = basis;
    for (contender, bound) in record.workloads[0].contenders.iter_mut().zip([10_000_000, 5_000_000]) {
        contender.bound_us = Some(bound);
    }
    fast[0].workload.name = "fast".into();
    record.workloads.insert(0, fast.remove(0));
    record
}

#[test]
fn what_was_not_run_takes_the_delays_and_what_each_flag_costs_on_the_fast_server() {
    let on_fast = |sample: Sample| Sample { workload: "fast".into(), ..sample };
    let mut samples: Vec<Sample> = drifting().into_iter().filter(|sample| sample.contender == "x").collect();
    let record = waiting(Basis::Computed);
    let base = |samples: &[Sample]| summarise(&record, samples).workloads.remove(1).rows.remove(0);
    assert_eq!((base(&samples).time_us, base(&samples).runs), (10_000_000.0, 0), "the delays alone");
    samples.extend(drifting().into_iter().map(on_fast));
    let row = base(&samples);
    // The median of the baseline's rounds on the fast server is 6,000 µs for the ten flags.
    assert_eq!((row.time_us, row.efficiency(), row.verdict), (10_006_000.0, None, None));
}

#[test]
fn beside_what_was_not_run_in_every_round_there_is_a_ratio_of_two_times_and_nothing_more() {
    let proof = Sample { wall_us: 9_000, ..sample(0, "base", false, 0) };
    let samples: Vec<Sample> = drifting().into_iter().filter(|sample| sample.contender == "x").chain([proof]).collect();
    let table = summarise(&waiting(Basis::OneRun), &samples).workloads.remove(1);
    let [base, x] = &table.rows[..] else { panic!("no control: {:?}", table.rows) };
    assert_eq!((base.time_us, base.runs, base.basis), (9_000.0, 1, Basis::OneRun));
    let ratio = x.ratio.as_ref().unwrap();
    assert_eq!((ratio.median, ratio.interval, ratio.values.len(), ratio.basis), (3.0 / 9.0, None, 0, Basis::OneRun));
    assert_eq!((x.verdict, x.basis, table.noise_band), (None, Basis::Rounds, 0.05));
}
