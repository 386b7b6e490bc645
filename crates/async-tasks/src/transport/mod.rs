//! What lies under `reqwest`: the addresses of hosts, and when a request connected.

mod connect_timer;
mod resolver;

pub use connect_timer::{ConnectTimer, Connection, Early, timed};
pub use resolver::Known;
