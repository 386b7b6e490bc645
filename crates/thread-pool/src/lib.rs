//! The strategy `thread-pool`: tasks run in threads.
//!
//! The blocking calls are those of `sequential`; this crate adds an executor whose workers are threads, and nothing else.

mod crew;
pub mod flags;
pub mod pool;
mod sync;

pub use pool::ThreadPool;
