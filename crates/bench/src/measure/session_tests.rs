use std::collections::HashMap;

use super::*;
use crate::plan::contenders::parse;
use crate::plan::workload::{Time, Work};

/// Programs that only say how long they took, in milliseconds.
struct Mock {
    times: HashMap<(String, String), u64>,
    /// Wrong from this run of this contender on.
    liar: Option<(String, usize)>,
    /// Interrupted before this run.
    interrupted_at: Option<usize>,
    /// What the server is known to make a contender wait, in milliseconds.
    least: HashMap<String, u64>,
    runs: Vec<(String, String)>,
}

impl Runner for Mock {
    fn least(&self, _: &Workload, contender: &Contender) -> Option<Duration> {
        self.least.get(&contender.name).copied().map(Duration::from_millis)
    }

    fn run(&mut self, workload: &Workload, contender: &Contender) -> Result<Option<Run>> {
        if self.interrupted_at == Some(self.runs.len()) {
            return Ok(None);
        }
        let key = (workload.name.clone(), contender.name.clone());
        let before = self.runs.iter().filter(|run| **run == key).count();
        let ms = self.times[&key];
        self.runs.push(key);
        let lies = self.liar.as_ref().is_some_and(|(name, from)| *name == contender.name && before >= *from);
        let wrong = lies.then(|| "it lies".to_string());
        let sample = Sample { wall_us: ms * 1_000, wrong, ..Sample::default() };
        Ok(Some(Run { sample, output: Vec::new(), spent: Duration::from_millis(ms) }))
    }
}

#[derive(Default)]
struct Notes {
    samples: Vec<Sample>,
    schedule: Option<Schedule>,
    left: Vec<Option<Duration>>,
}

impl Observer for Notes {
    fn starting(&mut self, turn: &Turn) {
        self.left.push(turn.left);
    }
    fn planned(&mut self, schedule: &Schedule) -> Result<()> {
        self.schedule = Some(schedule.clone());
        Ok(())
    }
    fn measured(&mut self, sample: &Sample, _output: &[u8]) -> Result<()> {
        self.samples.push(sample.clone());
        Ok(())
    }
}

fn contender(name: &str) -> Contender {
    let text = format!("[[contender]]\nname = '{name}'\nworkloads = ['primes']\ncommand = ['x']\ncheck = 'primes'");
    parse(&text, std::path::Path::new(".")).unwrap().remove(0)
}

fn workload(name: &str) -> Workload {
    Workload { name: name.into(), ..Workload::new(Work::Primes { workers: 2 }, Time::Wall) }
}

/// A plan and a runner for workloads of contenders that take the given milliseconds.
fn set_up(workloads: &[(&str, &[(&str, u64)])]) -> (Plan, Mock) {
    let matches = workloads.iter().map(|(name, contenders)| Match {
        workload: workload(name),
        contenders: contenders.iter().map(|(name, _)| contender(name)).collect(),
    });
    let times = workloads.iter().flat_map(|(workload, contenders)| {
        contenders.iter().map(move |(name, ms)| ((workload.to_string(), name.to_string()), *ms))
    });
    let plan = Plan {
        matches: matches.collect(),
        baseline: Some("base".into()),
        budget: Duration::from_secs(10),
        most: Duration::from_secs(10),
        rounds: None,
        seed: 20,
    };
    let times = times.collect();
    (plan, Mock { times, liar: None, interrupted_at: None, least: HashMap::new(), runs: Vec::new() })
}

/// What somebody gets who names this budget.
fn within(plan: &Plan, budget: Duration) -> Plan {
    Plan { budget, most: budget, ..plan.clone() }
}

fn measure(plan: &Plan, mock: &mut Mock) -> (bool, Notes) {
    let mut notes = Notes::default();
    let interrupted = run(plan, mock, &mut notes, &AtomicBool::new(false)).unwrap();
    (interrupted, notes)
}

const TWO: &[(&str, &[(&str, u64)])] = &[("a", &[("base", 300), ("fast", 200)]), ("b", &[("base", 150), ("fast", 50)])];

#[test]
fn each_round_runs_every_variant_once_and_the_baseline_twice() {
    let (plan, mut mock) = set_up(&[("a", &[("base", 300), ("x", 200), ("y", 100)])]);
    let (_, notes) = measure(&plan, &mut mock);
    let rounds = notes.schedule.unwrap().rounds;
    for round in 1..=rounds {
        let mut names: Vec<_> =
            notes.samples.iter().filter(|s| s.round == round).map(|s| (s.contender.as_str(), s.control)).collect();
        names.sort();
        assert_eq!(names, [("base", false), ("base", true), ("x", false), ("y", false)]);
    }
}

#[test]
fn round_zero_runs_every_contender_once_in_the_order_of_the_file() {
    let (plan, mut mock) = set_up(TWO);
    let (_, notes) = measure(&plan, &mut mock);
    let first: Vec<_> =
        notes.samples.iter().filter(|s| s.round == 0).map(|s| (s.workload.as_str(), s.contender.as_str())).collect();
    assert_eq!(first, [("a", "base"), ("a", "fast"), ("b", "base"), ("b", "fast")]);
}

#[test]
fn the_number_of_rounds_is_what_the_budget_pays_for() {
    // A round: 300 + 200 + 300 again + 150 + 2 x 50 + 150 again = 1,200 ms.
    let (mut plan, mut mock) = set_up(TWO);
    // Round 0 takes 700 ms.
    for (budget, rounds) in [(10, 7), (8, FEWEST_ROUNDS), (1_000, MOST_ROUNDS), (13, 10)] {
        plan = within(&plan, Duration::from_secs(budget));
        let (_, notes) = measure(&plan, &mut mock);
        let schedule = notes.schedule.unwrap();
        assert_eq!(schedule.rounds, rounds, "{budget} s");
        assert_eq!(schedule.expected, Duration::from_millis(1_200) * rounds as u32);
        mock.runs.clear();
    }
    plan.rounds = Some(2);
    assert_eq!(measure(&plan, &mut mock).1.schedule.unwrap().rounds, 2);
}

#[test]
fn those_under_100_ms_run_several_times_back_to_back_and_the_same_number_for_all() {
    let (plan, mut mock) = set_up(&[("a", &[("base", 300), ("x", 40), ("y", 99)]), ("b", &[("base", 1)])]);
    let (_, notes) = measure(&plan, &mut mock);
    assert_eq!(notes.schedule.unwrap().repeats, [3, MOST_REPEATS]);
    let count = |name: &str, workload: &str| {
        notes
            .samples
            .iter()
            .filter(|s| s.round == 1 && s.contender == name && s.workload == workload && !s.control)
            .count()
    };
    assert_eq!([count("base", "a"), count("x", "a"), count("y", "a"), count("base", "b")], [1, 3, 3, 20]);
    // Back to back: in one place of the round, one after another.
    let of_x: Vec<_> = notes.samples.iter().enumerate().filter(|(_, s)| s.round == 1 && s.contender == "x").collect();
    assert!(of_x.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0 && pair[0].1.place == pair[1].1.place));
    assert_eq!(of_x.iter().map(|(_, s)| s.repeat).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn the_order_follows_from_the_seed_and_changes_from_round_to_round() {
    let order = |seed| {
        let (mut plan, mut mock) = set_up(TWO);
        plan.seed = seed;
        measure(&plan, &mut mock)
            .1
            .samples
            .iter()
            .map(|s| (s.round, s.workload.clone(), s.contender.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(order(1), order(1));
    assert_ne!(order(1), order(2));
    let rounds: Vec<Vec<_>> =
        (1..4).map(|round| order(1).into_iter().filter(|o| o.0 == round).map(|o| (o.1, o.2)).collect()).collect();
    assert!(rounds[0] != rounds[1] || rounds[1] != rounds[2]);
}

#[test]
fn a_contender_that_is_wrong_in_round_zero_never_runs_again() {
    let (plan, mut mock) = set_up(TWO);
    mock.liar = Some(("fast".into(), 0));
    let (_, notes) = measure(&plan, &mut mock);
    assert_eq!(mock.runs.iter().filter(|run| run.1 == "fast").count(), 2, "once in each workload");
    assert_eq!(notes.schedule.unwrap().rounds, 10, "its time is the others' now: 9.3 s / 900 ms");
}

#[test]
fn a_contender_that_turns_wrong_later_stops_there() {
    let (plan, mut mock) = set_up(&[("a", &[("base", 300), ("fast", 200)])]);
    mock.liar = Some(("fast".into(), 3));
    let (_, notes) = measure(&plan, &mut mock);
    assert_eq!(mock.runs.iter().filter(|run| run.1 == "fast").count(), 4);
    assert_eq!(notes.samples.iter().filter(|s| s.wrong.is_some()).count(), 1);
}

#[test]
fn a_baseline_that_is_wrong_takes_its_control_with_it() {
    let (plan, mut mock) = set_up(&[("a", &[("base", 300), ("fast", 200)])]);
    mock.liar = Some(("base".into(), 0));
    let (_, notes) = measure(&plan, &mut mock);
    assert!(notes.samples.iter().all(|s| s.round == 0 || s.contender == "fast"));
}

#[test]
fn an_interruption_ends_the_session_and_keeps_what_was_measured() {
    let (plan, mut mock) = set_up(TWO);
    mock.interrupted_at = Some(9);
    let (interrupted, notes) = measure(&plan, &mut mock);
    assert!(interrupted);
    assert_eq!(notes.samples.len(), 9);
}

#[test]
fn the_time_left_goes_down_to_the_last_run() {
    let (plan, mut mock) = set_up(TWO);
    let (_, notes) = measure(&plan, &mut mock);
    // Round 0 has four runs.
    let left: Vec<_> = notes.left[4..].iter().flatten().collect();
    assert_eq!(*left[0], notes.schedule.unwrap().expected);
    assert!(left.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!(**left.last().unwrap() <= Duration::from_millis(300));
}

#[test]
fn an_error_of_the_runner_ends_the_session() {
    struct Broken;
    impl Runner for Broken {
        fn run(&mut self, _: &Workload, _: &Contender) -> Result<Option<Run>> {
            anyhow::bail!("failed to start x")
        }
    }
    let (plan, _) = set_up(TWO);
    assert!(run(&plan, &mut Broken, &mut Notes::default(), &AtomicBool::new(false)).is_err());
}

/// A baseline that takes 5 s, and two others.
fn dear() -> (Plan, Mock) {
    set_up(&[("a", &[("base", 5_000), ("x", 200), ("y", 100)]), ("b", &[("base", 150), ("x", 100)])])
}

fn bases(notes: &Notes) -> Vec<Vec<Basis>> {
    notes.schedule.as_ref().unwrap().bases.clone()
}

#[test]
fn a_baseline_that_would_break_the_budget_has_the_one_run_of_round_zero_and_the_others_have_their_rounds() {
    let (mut plan, mut mock) = dear();
    plan = within(&plan, Duration::from_secs(12));
    let (_, notes) = measure(&plan, &mut mock);
    use Basis::{OneRun, Rounds};
    assert_eq!(bases(&notes), [vec![OneRun, Rounds, Rounds], vec![Rounds, Rounds]]);
    let schedule = notes.schedule.unwrap();
    // Round 0 took 5.55 s; a round takes 200 + 100 + 2 x 150 + 100 ms.
    assert_eq!((schedule.rounds, schedule.expected), (9, Duration::from_millis(6_300)));
    let said = "The budget of 12 s does not pay for six rounds of everything, which take about 1 min 10 s. Run once, and so without an \
                interval: base (a). A larger";
    assert!(schedule.note.as_ref().unwrap().starts_with(said), "{:?}", schedule.note);
    let of_base = mock.runs.iter().filter(|(workload, name)| (workload.as_str(), name.as_str()) == ("a", "base"));
    assert_eq!(of_base.count(), 1);
}

#[test]
fn a_baseline_that_is_known_to_break_the_budget_by_one_run_is_never_run() {
    let (mut plan, mut mock) = dear();
    plan = within(&plan, Duration::from_secs(9));
    mock.least.insert("base".into(), 4_900);
    mock.times.insert(("b".into(), "base".into()), 4_900);
    let (_, notes) = measure(&plan, &mut mock);
    use Basis::{Computed, Rounds};
    assert_eq!(bases(&notes), [vec![Computed, Rounds, Rounds], vec![Computed, Rounds]]);
    assert!(mock.runs.iter().all(|(_, name)| name != "base"));
    let schedule = notes.schedule.unwrap();
    assert_eq!(schedule.rounds, 21, "8.6 s / 400 ms");
    assert!(schedule.note.unwrap().contains("computed from the server's delays: base (a); base (b)."));
}

#[test]
fn a_known_baseline_may_take_half_of_the_budget_and_is_computed_for_one_workload_only() {
    let (mut plan, mut mock) = set_up(&[("a", &[("base", 2_000), ("x", 100)])]);
    mock.least.insert("base".into(), 2_000);
    for (budget, basis) in [(30, Basis::Rounds), (4, Basis::OneRun), (3, Basis::Computed)] {
        plan = within(&plan, Duration::from_secs(budget));
        let (_, notes) = measure(&plan, &mut mock);
        assert_eq!(bases(&notes), [[basis, Basis::Rounds]], "{budget} s");
    }
}

#[test]
fn of_those_that_all_wait_too_long_one_is_run_if_the_budget_pays_for_it() {
    let (mut plan, mut mock) = set_up(&[("a", &[("base", 9_000), ("x", 3_000), ("y", 3_000)])]);
    mock.least = HashMap::from([("base".into(), 9_000), ("x".into(), 3_000), ("y".into(), 2_900)]);
    use Basis::{Computed, OneRun};
    for (budget, expected) in [(5, [Computed, Computed, OneRun]), (2, [Computed; 3])] {
        plan = within(&plan, Duration::from_secs(budget));
        let (_, notes) = measure(&plan, &mut mock);
        assert_eq!(bases(&notes), [expected], "{budget} s");
        assert_eq!(notes.schedule.unwrap().rounds, 0, "nobody is left for a round");
    }
}

#[test]
fn a_budget_that_pays_for_nothing_leaves_everyone_with_one_run_and_says_what_all_would_take() {
    let (mut plan, mut mock) = dear();
    plan = within(&plan, Duration::from_millis(1));
    let (_, notes) = measure(&plan, &mut mock);
    assert_eq!(notes.samples.len(), 5);
    assert!(bases(&notes).concat().iter().all(|basis| *basis == Basis::OneRun));
    assert!(
        notes
            .schedule
            .unwrap()
            .note
            .unwrap()
            .contains("Run once, and so without an interval: base, x, y (a); base, x (b).")
    );
}

#[test]
fn who_names_no_budget_gets_six_rounds_even_if_they_take_a_little_longer() {
    let (plan, mut mock) = dear();
    let plan = Plan { most: Duration::from_secs(75), ..plan };
    let (_, notes) = measure(&plan, &mut mock);
    assert!(bases(&notes).concat().iter().all(|basis| *basis == Basis::Rounds));
    assert_eq!(notes.schedule.unwrap().rounds, FEWEST_ROUNDS);
}

#[test]
fn who_names_the_rounds_gets_them_whatever_they_take() {
    let (mut plan, mut mock) = dear();
    plan = Plan { rounds: Some(6), ..within(&plan, Duration::from_millis(1)) };
    mock.least.insert("base".into(), 5_000);
    let (_, notes) = measure(&plan, &mut mock);
    assert!(bases(&notes).concat().iter().all(|basis| *basis == Basis::Rounds));
    assert_eq!(notes.schedule.unwrap().note, None);
}

#[test]
fn the_time_left_is_known_from_the_first_run_on() {
    let (mut plan, mut mock) = set_up(TWO);
    let seconds =
        |notes: &Notes| notes.left[..4].iter().map(|left| left.map(|left| left.as_millis())).collect::<Vec<_>>();
    let (_, notes) = measure(&plan, &mut mock);
    assert_eq!(seconds(&notes), [10_000, 9_700, 9_500, 9_350].map(Some), "the budget is kept");

    plan.rounds = Some(2);
    let (_, notes) = measure(&plan, &mut mock);
    assert_eq!(
        seconds(&notes),
        [None, Some(2 * 600), Some(2 * 800), Some(2 * 1_100)],
        "nothing is known before the first"
    );
}
