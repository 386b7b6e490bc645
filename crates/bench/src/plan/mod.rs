//! What is to be measured: the workloads, the contenders that do them, and their commands.

pub mod contenders;
pub mod left_out;
pub mod placeholders;
pub mod shuffle;
pub mod strategies;
pub mod workload;
