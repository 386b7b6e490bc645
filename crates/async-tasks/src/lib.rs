//! The strategy `async-tasks`: tasks that wait together, on the event loop of one thread.
//!
//! It looks different from the others because it is: each call that waits says so with `.await`, and that is where the loop turns
//! to another task. It starts no thread of its own; the runtime does so only to resolve the names of hosts that a redirect leads to.

pub mod client;
pub mod flags;
mod heartbeat;
pub mod loiter;
mod noting;
pub mod primes;
pub mod sqrt;
mod workers;
