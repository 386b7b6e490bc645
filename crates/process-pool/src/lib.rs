//! An executor whose workers are processes.
//!
//! [`ProcessPool`] runs tasks in copies of this program, one task at a time in each. A worker that dies costs its own
//! task only, and another takes its place. A task is anything that can be written down, a [`RemoteTask`]; the program
//! calls [`worker::enter`] on the first line of its `main`, which is where the copies leave the program's own way.
//!
//! This crate deliberately has no shared memory, no fork without exec, no code that runs before `main`, and no
//! `unsafe`. It runs on Linux only: it relies on process descriptors (`pidfd_open`, Linux 5.3) and on `/proc`.

mod channel;
mod dispatch;
mod ending;
pub mod flags;
mod frame;
pub mod futures;
mod hand;
mod job;
pub mod loiter;
mod orders;
mod panics;
mod pool;
pub mod primes;
mod spawn;
pub mod sqrt;
mod task;
mod tasks;
mod watch;
pub mod worker;

pub use common::Usage;
pub use pool::{Options, ProcessPool, default_workers};
pub use task::RemoteTask;
pub use tasks::Tasks;
