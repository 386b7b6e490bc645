//! One interface to run tasks elsewhere: [`Executor::submit`] a [`Task`], hold its [`Future`], and ask for the
//! result in order of submission ([`Executor::map_tasks`]), in order of completion ([`as_completed`]), or not at all.
//!
//! It is `concurrent.futures` (PEP 3148) in Rust. What runs the tasks are threads ([`ThreadPool`], with the feature `threads`), processes
//! (`ProcessPool`, with the feature `processes`), or the caller itself ([`Inline`]). Futures of several executors go into one call of
//! [`as_completed`] or [`wait`].
//!
//! It knows nothing of flags, of HTTP or of a command line. It prints nothing, except that a panic that is no future's result, such as a callback's, is
//! reported on standard error.

#[cfg(feature = "threads")]
mod call;
mod cell;
mod completed;
mod completion_queue;
mod error;
mod future;
mod guard;
mod inline;
mod job;
mod map;
mod pace;
mod phase;
#[cfg(feature = "processes")]
pub mod processes;
mod promise;
mod sync;
mod task;
#[cfg(feature = "threads")]
pub mod threads;
mod type_name;
mod wait;
mod worker;

#[cfg(feature = "threads")]
pub use call::{Call, Calls};
pub use completed::{AsCompleted, AsFuture, TimedAsCompleted, Unfinished, as_completed, as_completed_within};
pub use error::Error;
pub use future::{Future, Id, TimedOut};
pub use inline::Inline;
pub use job::{Chunk, Job, job, run_caught, run_chunk};
pub use map::{Map, MapOptions};
#[cfg(feature = "processes")]
pub use processes::{ProcessPool, RemoteTask};
pub use promise::{Promise, pair};
pub use task::{Executor, Shutdown, Task};
#[cfg(feature = "threads")]
pub use threads::ThreadPool;
#[cfg(all(feature = "threads", not(loom)))]
pub use threads::{Scope, scope};
pub use wait::{Until, Waited, wait};
pub use worker::{enter_worker, worker};

// What `remote_task!` expands to names these by paths that hold here, too.
#[cfg(feature = "processes")]
#[doc(hidden)]
pub use serde as __serde;
#[cfg(feature = "processes")]
extern crate self as executor;

/// The README's examples, compiled and run.
#[cfg(all(doctest, feature = "processes"))]
#[doc = include_str!("../README.md")]
struct Readme;
