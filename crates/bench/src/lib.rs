//! The benchmark: which strategy, and what does it cost, on this machine?

pub mod bounds;
pub mod shuffle;
pub mod statistics;
pub mod verdict;
