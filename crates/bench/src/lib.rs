//! The benchmark: which strategy, and what does it cost, on this machine?

pub mod bounds;
pub mod check;
pub mod child;
pub mod cli;
pub mod commands;
pub mod contenders;
pub mod environment;
pub mod html;
mod http;
pub mod pictures;
pub mod placeholders;
pub mod progress;
pub mod record;
pub mod report;
pub mod runner;
pub mod sample;
pub mod scaling;
pub mod server;
pub mod session;
pub mod shuffle;
pub mod statistics;
pub mod summary;
pub mod table;
pub mod text;
pub mod verdict;
pub mod words;
pub mod workload;
