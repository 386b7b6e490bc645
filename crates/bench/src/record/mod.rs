//! What a run keeps: its folder, each of its samples, and what the programs said about themselves.

pub mod program_report;
pub mod run;
pub mod sample;
