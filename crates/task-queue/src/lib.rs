//! The strategy `task-queue`: tasks run in workers on any number of machines.
//!
//! The blocking calls are those of `sequential`; the queue, in [`queue`], is an executor on NATS JetStream. `process-pool` has the same files
//! with the same functions.

pub mod queue;
