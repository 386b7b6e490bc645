//! The tasks that a worker knows.

use std::collections::BTreeMap;

use crate::guard;
use crate::processes::RemoteTask;
use crate::processes::task::digest;
use crate::processes::wire::items::{next_item, read};
use crate::processes::wire::reply::{Failure, put_result};

/// The list of tasks that a program's workers know.
///
/// ```
/// use executor::{processes::Tasks, remote_task};
///
/// remote_task!(Root(f64) -> f64 = f64::sqrt);
/// remote_task!(Square(u64) -> u64 = |number| number * number);
///
/// fn list(tasks: &mut Tasks) {
///     tasks.add::<Root>().add::<Square>();
/// }
///
/// fn main() {
///     if executor::processes::enter(list).is_some() {
///         return;
///     }
///     // The program itself.
/// }
/// ```
#[derive(Default)]
pub struct Tasks {
    known: BTreeMap<u64, Known>,
}

struct Known {
    name: &'static str,
    /// Sums up the types, so that programs that mean different things by a name can tell.
    shape: u64,
    /// Runs the tasks in a row of items, and appends their results to another row.
    run: fn(&[u8], &mut Vec<u8>),
}

impl Tasks {
    /// Adds a task to the list.
    ///
    /// # Panics
    ///
    /// If another task has the same name.
    pub fn add<T: RemoteTask>(&mut self) -> &mut Self {
        let known = Known { name: T::NAME, shape: shape::<T>(), run: run::<T> };
        if let Some(other) = self.known.insert(digest(0, T::NAME), known) {
            panic!("the tasks {:?} and {:?} have the same name", other.name, T::NAME);
        }
        self
    }

    /// The list as a number: equal, if the lists are, in the names of the tasks and in their types.
    pub fn digest(&self) -> u64 {
        self.known.values().fold(0, |sum, known| digest(sum ^ known.shape, known.name))
    }

    /// Runs the tasks in a row of items, and appends their results to `out`.
    pub fn run(&self, name: u64, mut row: &[u8], out: &mut Vec<u8>) {
        match self.known.get(&name) {
            Some(known) => (known.run)(row, out),
            None => {
                let reason = "it is not in the list that the worker's main gave to processes::enter";
                while next_item(&mut row).is_some() {
                    put_result::<()>(out, Err(failed("find the task", reason)));
                }
            }
        }
    }
}

fn shape<T: RemoteTask>() -> u64 {
    let names = digest(digest(0, std::any::type_name::<T>()), std::any::type_name::<T::Output>());
    names ^ ((size_of::<T>() as u64) << 32) ^ size_of::<T::Output>() as u64
}

fn run<T: RemoteTask>(mut row: &[u8], out: &mut Vec<u8>) {
    // Where the result begins that is not written yet.
    let mut unwritten = None;
    // Panics are caught once for many tasks: that keeps the loop a tight one.
    while let Err(panic) = guard::caught(|| {
        while let Some(item) = next_item(&mut row) {
            unwritten = Some(out.len());
            match read::<T>(item) {
                Ok(task) => {
                    let value = task.run();
                    put_result(out, Ok(&value));
                    unwritten = None;
                    drop(value);
                }
                Err(reason) => put_result::<()>(out, Err(failed("decode the task", &reason))),
            }
        }
    }) {
        match unwritten.take() {
            Some(start) => {
                // What the value's own `Serialize` wrote before it panicked.
                out.truncate(start);
                put_result::<()>(out, Err(panic.into()));
            }
            // The result is written; only the drop of its copy here has panicked.
            None => guard::report(format_args!("the drop of a result {panic}")),
        }
    }
}

fn failed(doing: &str, reason: &str) -> Failure {
    Failure::Failed { doing: doing.to_owned(), reason: reason.to_owned() }
}
