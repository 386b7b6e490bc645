//! The one place where a thread of the crate calls user code.
//!
//! A task is not all that is the user's. So are the drop of its result, of what it captured and of a panic's payload; callbacks,
//! wakers and initializers; and what a type does to be encoded and decoded. Any of it may panic, and none of it may cost a pool
//! its worker or leave a future unfinished. A panic inside a panic (a destructor that panics while the stack unwinds) ends the
//! process all the same: that is Rust's rule, and nothing can catch it.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt::{self, Display};
use std::io::{self, Write};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::thread;

use crate::Error;

thread_local! {
    /// True while this thread runs code whose panics are caught here: they are not printed, since their error says it all.
    static CATCHES: Cell<bool> = const { Cell::new(false) };
    /// Where the last of those panics was.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that was caught.
#[derive(Debug)]
pub(crate) struct Panic {
    pub message: String,
    /// `file:line:column`. It is not known when the program has set a panic hook of its own since.
    pub location: Option<String>,
}

/// Runs user code. Its panic is caught, and is not printed.
pub(crate) fn caught<R>(code: impl FnOnce() -> R) -> Result<R, Panic> {
    note_places();
    let before = CATCHES.replace(true);
    let result = catch_unwind(AssertUnwindSafe(code)).map_err(Panic::of);
    CATCHES.set(before);
    result
}

/// Runs code whose panic is no future's result: it is reported on standard error, with `what` it was that panicked.
pub(crate) fn contained(what: impl Display, code: impl FnOnce()) {
    if let Err(panic) = caught(code) {
        report(format_args!("{what} {panic}"));
    }
}

/// Drops a user's value.
pub(crate) fn drop_contained<T>(what: &str, value: T) {
    if mem::needs_drop::<T>() {
        contained(what, || drop(value));
    }
}

/// Writes a line to standard error. If that fails, there is nowhere else to report it, and no reason to panic.
pub(crate) fn report(line: impl Display) {
    _ = writeln!(io::stderr(), "{line}");
}

/// Has panics of code that is run by [`caught`] noted instead of printed; any other goes on to the hook that was there before.
fn note_places() {
    static HOOK: Once = Once::new();
    // A thread that unwinds may not change the hook.
    if HOOK.is_completed() || thread::panicking() {
        return;
    }
    HOOK.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |info| {
            if !CATCHES.get() {
                return print(info);
            }
            // There is no place to note it while the thread itself ends.
            _ = PLACE.try_with(|place| *place.borrow_mut() = info.location().map(ToString::to_string));
        }));
    });
}

impl Panic {
    fn of(payload: Box<dyn Any + Send>) -> Self {
        let message = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
            (Some(message), _) => (*message).to_owned(),
            (_, Some(message)) => message.clone(),
            _ => "a panic without a message".to_owned(),
        };
        let location = PLACE.try_with(RefCell::take).unwrap_or_default();
        // The payload's own drop may panic; what that one carries is leaked, or it would never end.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            mem::forget(again);
        }
        Self { message, location }
    }
}

impl From<Panic> for Error {
    fn from(Panic { message, location }: Panic) -> Self {
        Self::Panicked { message, location }
    }
}

impl Display for Panic {
    /// `panicked at src/main.rs:3:5: boom`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked")?;
        if let Some(place) = &self.location {
            write!(f, " at {place}")?;
        }
        write!(f, ": {}", self.message)
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{panic_any, resume_unwind};

    use super::*;

    /// A payload that panics when it is dropped, so often.
    struct Bomb(u32);

    impl Drop for Bomb {
        fn drop(&mut self) {
            if self.0 > 0 {
                panic_any(Bomb(self.0 - 1));
            }
        }
    }

    #[test]
    fn a_panic_is_known_by_its_message_and_its_place() {
        let panic = caught(|| panic!("{} is too much", 7)).unwrap_err();
        assert_eq!(panic.message, "7 is too much");
        assert!(panic.location.as_ref().is_some_and(|place| place.contains("guard.rs:")), "{panic}");
    }

    #[test]
    fn a_place_is_that_of_its_own_panic() {
        caught(|| panic!("the first")).unwrap_err();
        // This one calls no hook.
        let panic = caught(|| resume_unwind(Box::new("the second"))).unwrap_err();
        assert_eq!(panic.to_string(), "panicked: the second");
    }

    #[test]
    fn a_payload_whose_drop_panics_again_and_again_is_let_go() {
        let panic = caught(|| panic_any(Bomb(3))).unwrap_err();
        assert_eq!(panic.message, "a panic without a message");
    }

    #[test]
    fn what_is_caught_inside_of_what_is_caught_leaves_the_outer_one_caught() {
        let panic = caught(|| {
            caught(|| panic!("inner")).unwrap_err();
            assert!(CATCHES.get());
            panic!("outer")
        });
        assert_eq!(panic.map_err(|panic: Panic| panic.message), Err::<(), _>("outer".to_owned()));
        assert!(!CATCHES.get());
    }
}
