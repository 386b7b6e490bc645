//! The strategy `thread-pool`: tasks run in threads.
//!
//! The blocking calls are those of `sequential`, the pool is that of `executor`: this crate brings the two together, and nothing else.

pub mod flags;
pub mod futures;
pub mod sqrt;
pub mod tasks;
