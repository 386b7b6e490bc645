//! The strategy `task-queue`: tasks run in workers on any number of machines.
//!
//! The blocking calls are those of `sequential`; the queue, in [`queue`], is an executor on NATS JetStream. `process-pool` has the same files
//! with the same functions; what it has not is where the queue is ([`place`]), what comes back ([`home`]), and [`commands`].

pub mod commands;
pub mod flags;
pub mod futures;
pub mod home;
pub mod place;
pub mod queue;
pub mod remote;
pub mod sqrt;
pub mod tasks;
