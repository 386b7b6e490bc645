//! The workloads: for each its arguments, its tasks, its run and its report.

pub(crate) mod args;
pub mod flags;
pub mod futures;
pub mod list;
pub mod loiter;
pub mod primes;
pub mod sqrt;
