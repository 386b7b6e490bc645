//! Panics of tasks: they are not printed, because whoever asks for the result is told.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{set_hook, take_hook};
use std::sync::Once;

use crate::processes::wire::frame::Failure;

thread_local! {
    /// Where the last panic was; `None` in a thread that does not run tasks, whose panics are printed as ever.
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// `file:line:column`, if there is one.
type Place = Option<String>;

/// While this is held, panics of this thread are noted instead of printed.
pub(crate) struct Noting(());

impl Noting {
    pub fn start() -> Self {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let print = take_hook();
            set_hook(Box::new(move |info| {
                let place = info.location().map(ToString::to_string);
                let noted = PLACE.with_borrow_mut(|noted| noted.as_mut().map(|noted| *noted = place));
                if noted.is_none() {
                    print(info);
                }
            }));
        });
        PLACE.set(Some(None));
        Self(())
    }
}

impl Drop for Noting {
    fn drop(&mut self) {
        PLACE.set(None);
    }
}

/// The failure of a task that has just panicked in this thread.
pub(crate) fn failure(panic: &(dyn Any + Send)) -> Failure {
    let message = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(message), _) => (*message).to_owned(),
        (_, Some(message)) => message.clone(),
        _ => "a panic without a message".to_owned(),
    };
    let location = PLACE.with_borrow_mut(|place| place.as_mut().and_then(Option::take));
    Failure::Panicked { message, location }
}
