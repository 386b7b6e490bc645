//! What lies under `ureq`: connections that need fewer system calls, and answers that are taken as the asynchronous client takes them.
//!
//! | file | what is in it |
//! |---|---|
//! | `resolver` | the addresses of a host |
//! | `connect_timer` | when a request connected |
//! | `lean` | a connection over TCP |
//! | `secured` | one within TLS |
//! | `reason` | what the server calls an error |
//! | `buffer` | what has arrived, and what of it the client may see: as `framing` says |
//! | `framing` | where an answer begins and ends: its `head`, and its body where that comes in `chunks` |

mod buffer;
mod chunks;
mod connect_timer;
mod framing;
mod head;
mod lean;
pub mod reason;
mod resolver;
mod secured;

pub use connect_timer::{ConnectTimer, Connection};
pub use lean::{LeanConnector, Lost};
pub use resolver::Known;
pub use secured::IfNeeded;
