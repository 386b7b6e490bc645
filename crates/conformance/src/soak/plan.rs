//! One run of the soak: what is done, and whether it came out right.

use std::{fmt, thread, time::Duration};

use flag_server::{Config, random_fault};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::Sites;
use crate::{
    flag_server::ask,
    program::{Program, Running, wait_until},
    random::Random,
    verify::{Told, number, only_whole_flags, text},
};

/// What is to be done in one run: it follows from the seed and the number of the run.
#[derive(Debug)]
pub struct Plan {
    program: Program,
    /// What the faults follow from, if the server is the bad one.
    faults: Option<u64>,
    args: String,
    kill: Option<Kill>,
}

/// A signal at some moment of a run.
#[derive(Clone, Copy, Debug)]
struct Kill {
    signal: Signal,
    moment: Duration,
    /// Whether it goes to a worker process (or to the one that starts them) instead of the program, if there is one then.
    of_worker: bool,
    /// Which one of them.
    which: usize,
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Came {
    /// Whether a signal was sent.
    pub killed: bool,
    /// Requests that the run tells of.
    pub requests: u64,
    /// Flags that arrived.
    pub flags: u64,
    /// Faults that the bad server has played.
    pub faults: u64,
}

impl Plan {
    /// The plan of the run of this number.
    pub fn new(seed: u64, number: u64, programs: &[Program]) -> Self {
        // Neighbouring seeds give neighbouring first numbers: some are thrown away.
        let mut random = Random::new(seed ^ number.rotate_left(32));
        for _ in 0..8 {
            random.fraction();
        }

        let program = random.pick(&programs.iter().collect::<Vec<_>>()).clone();
        let faults = (random.fraction() < 0.5).then(|| seed.wrapping_add(number));
        let is_bad = faults.is_some();
        let largest = random.pick(&[8, 32, 32, 256]);
        let asked = 1 + random.below(largest);
        // One at a time, what never ends takes its whole time limit each time.
        let most = if is_bad { 20 * program.concurrency(asked, 194) } else { 676 };
        let (codes, most) = if random.fraction() < 0.5 { ("-a", most.min(194)) } else { ("-e", most.min(676)) };
        let limit = 1 + random.below(most);
        let mut args = format!("{codes} -l {limit} -m {asked} --json --progress none");
        if is_bad {
            args += " --timeout 2 --max-bytes 1000000";
        }
        let longest = if is_bad { 2.0 } else { 0.3 };
        let kill = (random.fraction() < 0.3).then(|| Kill {
            signal: random.pick(&[Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL, Signal::SIGKILL]),
            moment: Duration::from_secs_f64(random.fraction() * longest),
            of_worker: program.has_worker_processes() && random.fraction() < 0.5,
            which: (random.fraction() * 64.0) as usize,
        });
        // The bad server may ask for a minute between two attempts: a signal has to cut that off as well.
        if kill.is_some_and(|kill| !kill.of_worker) {
            args += " --retries 2";
        }
        Self { program, faults, args, kill }
    }

    /// Runs it, and panics if anything is not as it should be.
    pub fn play(&self, sites: Sites) -> Came {
        let base = match self.faults {
            Some(seed) => {
                ask(sites.fault, &format!("POST /reset?seed={seed}"));
                format!("http://{}/faults/random/flags", sites.fault)
            }
            None => format!("http://{}/flags", sites.local),
        };
        let running = self.program.flags(&base, &self.args).start();
        let killed = self.kill.is_some_and(|kill| kill.send(&running));
        let ended = running.wait();
        let mut came = Came { killed, ..Came::default() };
        if ended.was_killed() {
            assert!(killed, "something else killed it: {ended:?}");
            came.flags = only_whole_flags(&ended);
        } else {
            let told = Told::of(ended);
            (came.requests, came.flags) = (told.count("attempts"), told.count("ok"));
            if !killed {
                self.hold_against_what_was_foretold(&told);
            }
        }
        if self.faults.is_some() {
            came.faults = faults_at_rest(sites);
        }
        came
    }

    /// Each flag that was to get a good answer has got it, whatever happened to the others.
    fn hold_against_what_was_foretold(&self, told: &Told) {
        let config = |seed| Config { seed, ..Config::fault() };
        for row in told.rows() {
            let code = text(&row["task"]);
            let has_flag = flag_images::find(&code).is_some();
            let code = code.parse().expect("a code of ours");
            if has_flag && self.faults.is_some_and(|seed| random_fault(&config(seed), code, 1, 0).is_some()) {
                continue;
            }
            let expected = if has_flag { "ok" } else { "not_found" };
            assert_eq!(row["outcome"], expected, "nothing was wrong with it: {row}");
        }
    }
}

impl Kill {
    /// Waits for the moment, and sends the signal if anybody is there.
    fn send(self, running: &Running) -> bool {
        thread::sleep(self.moment);
        if !self.of_worker {
            running.signal(self.signal);
            return true;
        }
        let others: Vec<_> = running.processes().into_iter().filter(|pid| *pid != running.child.id()).collect();
        let worker = others.get(self.which % others.len().max(1));
        worker.is_some_and(|pid| kill(Pid::from_raw(pid.cast_signed()), self.signal).is_ok())
    }
}

/// How many faults were played, once a killed program's last requests are dealt with: they must not count as the next run's.
fn faults_at_rest(sites: Sites) -> u64 {
    let stats = || ask(sites.fault, "GET /stats");
    let mut last = stats();
    wait_until("the requests of a run are dealt with", || {
        thread::sleep(Duration::from_millis(20));
        let before = std::mem::replace(&mut last, stats());
        last == before
    });
    let stats: serde_json::Value = serde_json::from_slice(&last).expect("it answers with JSON");
    stats["faults"].as_object().expect("a count for each").values().map(number).sum()
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = if self.faults.is_some() { "FAULT" } else { "LOCAL" };
        write!(f, "{} flags -s {server} {}", self.program.strategy(), self.args)?;
        match self.kill {
            Some(Kill { signal, moment, of_worker, .. }) => {
                write!(f, ", {signal} after {moment:.0?}{}", if of_worker { " to a worker" } else { "" })
            }
            None => Ok(()),
        }
    }
}
