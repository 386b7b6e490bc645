//! The tasks that a worker knows.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use crate::RemoteTask;
use crate::frame::{Failure, put_result};
use crate::task::digest;

/// The list of tasks that a program's workers know.
#[derive(Default)]
pub struct Tasks {
    known: BTreeMap<u64, Known>,
}

struct Known {
    name: &'static str,
    /// Sums up the types, so that programs that mean different things by a name can tell.
    shape: u64,
    run: fn(&[u8], &mut Vec<u8>),
}

impl Tasks {
    /// Adds a task to the list.
    ///
    /// # Panics
    ///
    /// If another task has the same name.
    pub fn add<T: RemoteTask>(&mut self) -> &mut Self {
        let known = Known {
            name: T::NAME,
            shape: shape::<T>(),
            run: run::<T>,
        };
        if let Some(other) = self.known.insert(digest(0, T::NAME), known) {
            panic!(
                "the tasks {:?} and {:?} have the same name",
                other.name,
                T::NAME
            );
        }
        self
    }

    /// The list as a number: equal, if the lists are.
    pub(crate) fn digest(&self) -> u64 {
        self.known
            .values()
            .fold(0, |sum, known| digest(sum ^ known.shape, known.name))
    }

    /// Runs the task in `item`, and appends its result to `out`.
    pub(crate) fn run(&self, name: u64, item: &[u8], out: &mut Vec<u8>) {
        match self.known.get(&name) {
            Some(known) => (known.run)(item, out),
            None => put_result::<()>(
                out,
                Err(Failure::Failed {
                    doing: "find the task".to_owned(),
                    reason: "it is not in the list that the worker's main gave to worker::enter"
                        .to_owned(),
                }),
            ),
        }
    }
}

fn shape<T: RemoteTask>() -> u64 {
    let names = digest(
        digest(0, std::any::type_name::<T>()),
        std::any::type_name::<T::Output>(),
    );
    names ^ ((size_of::<T>() as u64) << 32) ^ size_of::<T::Output>() as u64
}

fn run<T: RemoteTask>(item: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let result = caught(|| match postcard::from_bytes::<T>(item) {
        Ok(task) => Ok(task.run()),
        Err(error) => Err(Failure::Failed {
            doing: "decode the task".to_owned(),
            reason: error.to_string(),
        }),
    });
    // The value's own `Serialize` may panic, halfway.
    if let Err(failure) = caught(|| Ok(put_result(out, result))) {
        out.truncate(start);
        put_result::<()>(out, Err(failure));
    }
}

thread_local! {
    /// Where the last panic was, in a thread that is in [`caught`]: the hook's note for it.
    static PLACE: RefCell<Option<Option<String>>> = const { RefCell::new(None) };
}

/// Runs `work`, and makes a failure of a panic. It is not printed: whoever asks for the result is told.
fn caught<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let noted = PLACE.with_borrow_mut(|place| match place {
                Some(place) => {
                    *place = info.location().map(ToString::to_string);
                    true
                }
                None => false,
            });
            if !noted {
                print(info);
            }
        }));
    });
    PLACE.set(Some(None));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let location = PLACE.take().flatten();
    result.unwrap_or_else(|panic| {
        let message = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
            (Some(message), _) => (*message).to_owned(),
            (_, Some(message)) => message.clone(),
            _ => "a panic without a message".to_owned(),
        };
        Err(Failure::Panicked { message, location })
    })
}
