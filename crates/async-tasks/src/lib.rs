//! The strategy `async-tasks`: tasks that wait together, on an event loop for each processor.
//!
//! It looks different from the others because it is: each call that waits says so with `.await`, and that is where the loop turns
//! to another task. However many tasks there are, there are no more threads than processors; the runtime adds one only to resolve
//! the names of hosts that a redirect leads to.

pub mod client;
mod computing;
mod event_loops;
pub mod flags;
mod heartbeat;
pub mod sqrt;
pub mod tasks;
mod transport;
mod workers;
