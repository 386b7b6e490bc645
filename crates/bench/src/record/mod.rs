//! What a run keeps: its folder, each of its samples, and what the programs said about themselves.

pub mod basis;
pub mod choosing;
pub mod environment;
pub mod folder;
pub mod mapping;
pub mod observer;
pub mod program_report;
pub mod recorder;
pub mod run;
pub mod sample;
pub mod wrong;
