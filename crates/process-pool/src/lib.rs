//! The strategy `process-pool`: tasks run in processes.
//!
//! The blocking calls are those of `sequential`; this crate adds an executor whose workers are processes, and nothing else.
//!
//! [`ProcessPool`] runs tasks in copies of this program, one task at a time in each. A worker that dies costs its own task only, and
//! another takes its place. A task is anything that can be written down, a [`RemoteTask`]; the program calls [`worker::enter`] on
//! the first line of its `main`, which is where the copies leave the program's own way.
//!
//! It deliberately has no shared memory, no fork of the program that uses it (whose size would count, and whose threads would be missing
//! from the copy), no code that runs before `main`, and no `unsafe`: the one call that needs it is in the crate `sibling`. It runs on
//! Linux only, from 5.19: it relies on process descriptors, on reading a pipe without waiting, and on `/proc`.

pub mod flags;
pub mod futures;
pub mod loiter;
pub mod pool;
pub mod primes;
pub mod sqrt;
pub mod worker;

pub use common::Usage;
pub use pool::{Options, ProcessPool, RemoteTask, StartMethod, Tasks, default_workers};
