//! Tasks that another process can run.

use crate::Task;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A task that another process can run: it has a name, and it can be serialised, as can its output.
///
/// A closure is no such task, and does not compile:
///
/// ```compile_fail,E0277
/// # use executor::Executor;
/// fn refused(pool: &executor::processes::ProcessPool) {
///     pool.submit(|| 2 + 2);
/// }
/// ```
///
/// [`remote_task!`](crate::remote_task) makes one of a function; what it writes can be written by hand, for a task that is an enum, or
/// that serialises itself in its own way:
///
/// ```
/// use executor::{RemoteTask, Task};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// enum Root {
///     Square(f64),
///     Cube(f64),
/// }
///
/// impl Task for Root {
///     type Output = f64;
///
///     fn run(self) -> f64 {
///         match self {
///             Self::Square(number) => number.sqrt(),
///             Self::Cube(number) => number.cbrt(),
///         }
///     }
/// }
///
/// impl RemoteTask for Root {
///     const NAME: &'static str = "my_program::Root";
/// }
/// ```
pub trait RemoteTask:
    Task<Output: Serialize + DeserializeOwned + Send + 'static> + Serialize + DeserializeOwned + Send + 'static
{
    /// What the task is called in messages: no two tasks of a program may share a name.
    const NAME: &'static str;
}

/// A name, or several, as a number: 64-bit FNV-1a. Goes on from `seed`, so that lists can be summed up.
pub(crate) const fn digest(seed: u64, text: &str) -> u64 {
    let mut digest = seed ^ 0xcbf2_9ce4_8422_2325;
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        digest = (digest ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    digest
}
