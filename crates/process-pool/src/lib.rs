//! The strategy `process-pool`: tasks run in processes.
//!
//! The blocking calls are those of `sequential`, the pool is [`executor::ProcessPool`]; this crate brings the two together, and nothing else.

pub mod flags;
pub mod futures;
pub mod loiter;
pub mod primes;
pub mod sqrt;
