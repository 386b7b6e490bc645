//! Ending a program early: Ctrl-C, SIGTERM, and what happens after them.
//!
//! What the first signal does depends on the [`Phase`]. Before the tasks start there is nothing to report, and the process ends at once:
//! its waiting (for a FIFO's other end, a name server, a silent port) can be given up. While they run, the signal stops new
//! work: [`Flags`](crate::workloads::flags::Flags) gives no more tasks. What is under way has a short [`GRACE`] to end by itself, then the strategy's
//! hooks cut it off, and the report has [`REPORTING`] to be written. A report that is being written has as long as what is under way.
//! A second signal ends the process at once.

use std::{
    fmt, fs, process,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
    time::{Duration, Instant},
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

/// How long tasks that are under way may go on after the first signal.
pub const GRACE: Duration = Duration::from_secs(1);

/// How long the end of an interrupted run may take once what was under way is cut off: the reader of its report may have stopped reading.
const REPORTING: Duration = Duration::from_secs(3);

/// Why a run ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, a Ctrl-C in the terminal.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Signal {
    /// The exit status of a process that this signal ended, as a shell gives it: 128 + the signal's number.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }

    /// Ends the process.
    pub(crate) fn exit(self) -> ! {
        process::exit(self.exit_status().into())
    }
}

/// How far the program is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// It looks for its server, opens its files.
    #[default]
    Starting,
    /// Its tasks run.
    Running,
    /// It says what came of them.
    Reporting,
}

/// The handle by which the parts of a run learn that it is to end. Its clones are the same handle.
#[derive(Clone, Default)]
pub struct Cancel(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Wakes the threads that sleep in [`Cancel::sleep`].
    changed: Condvar,
}

#[derive(Default)]
struct State {
    phase: Phase,
    requested: Option<Signal>,
    no_grace: bool,
    cut_off: bool,
    on_request: Hooks,
    on_cut_off: Hooks,
}

type Hooks = Vec<Box<dyn FnOnce() + Send>>;

impl Cancel {
    /// A handle that SIGINT and SIGTERM of this process cancel, unless they are ignored: a shell without job control starts a job in the
    /// background so, and a Ctrl-C that is not meant for it reaches it all the same. `print` is given the words for the user.
    ///
    /// # Errors
    /// The handlers could not be installed.
    pub fn on_signals(print: impl Fn(&str) + Send + 'static) -> std::io::Result<Self> {
        let cancel = Self::default();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let heeded = [SIGINT, SIGTERM].into_iter().filter(|&number| !is_ignored(number, &status));
        let mut signals = Signals::new(heeded)?;
        let handle = cancel.clone();
        thread::Builder::new().name("signals".into()).spawn(move || {
            for number in signals.forever() {
                handle.signalled(if number == SIGINT { Signal::Interrupt } else { Signal::Terminate }, &print);
            }
        })?;
        Ok(cancel)
    }

    fn signalled(&self, signal: Signal, print: &impl Fn(&str)) {
        let state = self.lock();
        let phase = state.phase;
        if phase == Phase::Starting || state.requested.is_some() {
            signal.exit();
        }
        drop(state);
        // The words last: a terminal that takes none holds up nothing.
        self.request(signal);
        let handle = self.clone();
        let limits = thread::Builder::new().name("grace".into()).spawn(move || {
            thread::sleep(GRACE);
            handle.cut_off();
            if phase == Phase::Running {
                thread::sleep(REPORTING);
            }
            signal.exit();
        });
        // Where no thread can be had there is no grace either.
        if limits.is_err() {
            signal.exit();
        }
        print("interrupted: nothing new is started; once more to stop at once");
    }

    /// Runs the tasks of a run, which `run` starts and waits for: what comes before is the start, what comes after is the report.
    pub(crate) fn during<T>(&self, run: impl FnOnce() -> T) -> T {
        self.lock().phase = Phase::Running;
        let outcome = run();
        self.lock().phase = Phase::Reporting;
        outcome
    }

    /// The signal that asked for the end, if one did.
    pub fn requested(&self) -> Option<Signal> {
        self.lock().requested
    }

    /// Whether what was still under way has been cut off.
    pub fn is_cut_off(&self) -> bool {
        self.lock().cut_off
    }

    /// Asks for the end: no new task starts.
    pub fn request(&self, signal: Signal) {
        let mut state = self.lock();
        state.requested.get_or_insert(signal);
        let no_grace = state.no_grace;
        run(state, |state| &mut state.on_request);
        if no_grace {
            self.cut_off();
        }
        self.0.changed.notify_all();
    }

    /// Has tasks cut off as soon as the end is requested: those that lose nothing by it, since they do nothing.
    pub(crate) fn without_grace(&self) {
        self.lock().no_grace = true;
    }

    /// Ends the grace: what is still under way is cut off.
    pub fn cut_off(&self) {
        let mut state = self.lock();
        state.cut_off = true;
        run(state, |state| &mut state.on_cut_off);
    }

    /// Runs `hook` when the end is requested: it takes back what was handed out and has not started. At once, if it is already.
    pub fn on_request(&self, hook: impl FnOnce() + Send + 'static) {
        let mut state = self.lock();
        state.on_request.push(Box::new(hook));
        if state.requested.is_some() {
            run(state, |state| &mut state.on_request);
        }
    }

    /// Runs `hook` when the grace is over: it cuts off what is still under way. At once, if it is over already.
    pub fn on_cut_off(&self, hook: impl FnOnce() + Send + 'static) {
        let mut state = self.lock();
        state.on_cut_off.push(Box::new(hook));
        if state.cut_off {
            run(state, |state| &mut state.on_cut_off);
        }
    }

    /// Sleeps for `duration`, or until the end is requested. Says whether the whole time was slept.
    pub fn sleep(&self, duration: Duration) -> bool {
        let end = Instant::now() + duration;
        let mut state = self.lock();
        while state.requested.is_none() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            state = self.0.changed.wait_timeout(state, left).expect("no holder of this lock panics").0;
        }
        false
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no holder of this lock panics")
    }
}

/// Whether a process of this `/proc/self/status` ignores a signal. Without `/proc` it is taken not to.
fn is_ignored(number: i32, status: &str) -> bool {
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (number - 1) & 1 == 1)
}

/// Runs hooks without the lock: they may take a while, and may ask the handle themselves.
fn run(mut state: MutexGuard<'_, State>, hooks: fn(&mut State) -> &mut Hooks) {
    let hooks = std::mem::take(hooks(&mut state));
    drop(state);
    hooks.into_iter().for_each(|hook| hook());
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancel").field(&self.requested()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn the_first_reason_is_kept() {
        let cancel = Cancel::default();
        cancel.request(Signal::Terminate);
        cancel.request(Signal::Interrupt);
        assert_eq!(cancel.requested().map(Signal::exit_status), Some(143));
    }

    #[test]
    fn an_ignored_signal_is_told_by_its_bit() {
        let status = "Name:\tx\nSigIgn:\t0000000000004002\nSigCgt:\t0000000000000000\n";
        assert_eq!([1, SIGINT, 9, SIGTERM].map(|number| is_ignored(number, status)), [false, true, false, true]);
        assert!(!is_ignored(SIGINT, ""), "there may be no /proc");
    }

    #[test]
    fn hooks_run_when_the_grace_ends_and_late_ones_at_once() {
        let (sender, ran) = mpsc::channel();
        let cancel = Cancel::default();
        let early = sender.clone();
        cancel.on_cut_off(move || early.send("early").unwrap());
        assert!(ran.try_recv().is_err());
        cancel.cut_off();
        cancel.on_cut_off(move || sender.send("late").unwrap());
        assert_eq!(ran.iter().collect::<Vec<_>>(), ["early", "late"]);
    }

    #[test]
    fn a_request_runs_its_own_hooks_only() {
        let (sender, ran) = mpsc::channel();
        let cancel = Cancel::default();
        let (soft, hard) = (sender.clone(), sender);
        cancel.on_request(move || soft.send("soft").unwrap());
        cancel.on_cut_off(move || hard.send("hard").unwrap());
        cancel.request(Signal::Interrupt);
        assert_eq!(ran.try_iter().collect::<Vec<_>>(), ["soft"]);
    }

    #[test]
    fn without_grace_a_request_cuts_off_at_once() {
        let cancel = Cancel::default();
        cancel.without_grace();
        assert!(!cancel.is_cut_off());
        cancel.request(Signal::Interrupt);
        assert!(cancel.is_cut_off());
    }

    #[test]
    fn a_request_wakes_a_sleeper() {
        let cancel = Cancel::default();
        let sleeper = thread::spawn({
            let cancel = cancel.clone();
            move || cancel.sleep(Duration::from_secs(3600))
        });
        cancel.request(Signal::Interrupt);
        assert!(!sleeper.join().unwrap());
    }
}
