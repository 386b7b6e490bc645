//! What a run shows: its progress, its pictures, and where its record goes.

pub(crate) mod bar;
mod events;
pub(crate) mod output;
pub(crate) mod plural;
pub mod progress;
pub mod terminal;
pub mod waterfall;
mod writer;
