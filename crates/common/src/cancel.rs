//! Ending a run early: Ctrl-C, SIGTERM, and what happens after them.
//!
//! The first signal stops new work: [`Flags`](crate::Flags) gives no more tasks. What is under way has a short [`GRACE`] to end by
//! itself, then the strategy's hooks cut it off. A second signal ends the process at once.

use std::{
    fmt,
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
}

/// The handle by which the parts of a run learn that it is to end. Its clones are the same handle.
#[derive(Clone, Default)]
pub struct Cancel(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Wakes whoever sleeps in [`Cancel::sleep`].
    changed: Condvar,
}

#[derive(Default)]
struct State {
    requested: Option<Signal>,
    grace_over: bool,
    on_request: Hooks,
    after_grace: Hooks,
}

type Hooks = Vec<Box<dyn FnOnce() + Send>>;

impl Cancel {
    /// A handle that SIGINT and SIGTERM of this process cancel. `print` is given the words for the user.
    ///
    /// # Errors
    /// The handlers could not be installed.
    pub fn on_signals(print: impl Fn(&str) + Send + 'static) -> std::io::Result<Self> {
        let cancel = Self::default();
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let handle = cancel.clone();
        thread::Builder::new().name("signals".into()).spawn(move || {
            for number in signals.forever() {
                let signal = if number == SIGINT { Signal::Interrupt } else { Signal::Terminate };
                if handle.requested().is_some() {
                    std::process::exit(signal.exit_status().into());
                }
                print("interrupted: nothing new is started; once more to stop at once");
                handle.request(signal);
                let handle = handle.clone();
                thread::spawn(move || {
                    thread::sleep(GRACE);
                    handle.end_grace();
                });
            }
        })?;
        Ok(cancel)
    }

    /// The signal that asked for the end, if one did.
    pub fn requested(&self) -> Option<Signal> {
        self.lock().requested
    }

    /// Whether what was still under way has been cut off.
    pub fn grace_over(&self) -> bool {
        self.lock().grace_over
    }

    /// Asks for the end: no new task starts.
    pub fn request(&self, signal: Signal) {
        let mut state = self.lock();
        state.requested.get_or_insert(signal);
        run(state, |state| &mut state.on_request);
        self.0.changed.notify_all();
    }

    /// Ends the grace: what is still under way is cut off.
    pub fn end_grace(&self) {
        let mut state = self.lock();
        state.grace_over = true;
        run(state, |state| &mut state.after_grace);
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
    pub fn after_grace(&self, hook: impl FnOnce() + Send + 'static) {
        let mut state = self.lock();
        state.after_grace.push(Box::new(hook));
        if state.grace_over {
            run(state, |state| &mut state.after_grace);
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
    fn hooks_run_when_the_grace_ends_and_late_ones_at_once() {
        let (sender, ran) = mpsc::channel();
        let cancel = Cancel::default();
        let early = sender.clone();
        cancel.after_grace(move || early.send("early").unwrap());
        assert!(ran.try_recv().is_err());
        cancel.end_grace();
        cancel.after_grace(move || sender.send("late").unwrap());
        assert_eq!(ran.iter().collect::<Vec<_>>(), ["early", "late"]);
    }

    #[test]
    fn a_request_runs_its_own_hooks_only() {
        let (sender, ran) = mpsc::channel();
        let cancel = Cancel::default();
        let (soft, hard) = (sender.clone(), sender);
        cancel.on_request(move || soft.send("soft").unwrap());
        cancel.after_grace(move || hard.send("hard").unwrap());
        cancel.request(Signal::Interrupt);
        assert_eq!(ran.try_iter().collect::<Vec<_>>(), ["soft"]);
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
