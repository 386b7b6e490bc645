//! One by one: the blocking calls, and the plain loop over them.
//!
//! It starts no worker of any kind. The thread pool and the process pool run the same blocking calls, so what differs between the
//! three is the strategy alone.

pub mod client;
pub mod flags;
pub mod sqrt;
pub mod tasks;
mod transport;
