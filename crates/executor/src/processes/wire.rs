//! What the pool and a worker say to each other, and over what.

pub(crate) mod channel;
pub mod frame;
pub mod replies;
