//! What the pool and a worker say to each other, and over what.

pub(crate) mod channel;
pub(crate) mod handshake;
pub mod items;
pub mod reply;
pub mod reply_reader;
pub mod request;
pub(crate) mod server_event;
