//! The strategy `process-pool`: tasks run in processes.
//!
//! The blocking calls are those of `sequential`, the pool is that of `executor`: this crate brings the two together, and nothing else.

pub mod flags;
pub mod futures;
pub mod remote;
pub mod sqrt;
pub mod tasks;
