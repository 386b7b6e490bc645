//! The benchmark: which strategy, and what does it cost, on this machine?

pub mod bounds;
pub mod check;
pub mod child;
pub mod contenders;
mod http;
pub mod report;
pub mod server;
pub mod shuffle;
pub mod statistics;
pub mod text;
pub mod verdict;
pub mod workload;
