//! The strategy `thread-pool`: tasks run in threads.

pub mod pool;

pub use pool::ThreadPool;
