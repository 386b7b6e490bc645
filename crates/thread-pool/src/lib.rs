//! The strategy `thread-pool`: tasks run in threads.
//!
//! The blocking calls are those of `sequential`; this crate adds an executor whose workers are threads, and nothing else.

pub mod flags;
pub mod futures;
pub mod loiter;
pub mod pool;
pub mod primes;
pub mod sqrt;

pub use pool::ThreadPool;
