//! How a summary is shown: tables, sentences, pictures and the HTML report, and the progress line while it is measured.

pub mod choice;
pub mod column;
pub mod goals;
pub mod grid;
pub mod headline;
pub mod html;
pub mod map;
pub mod markdown;
pub mod pictures;
pub mod predictions;
pub mod progress;
pub mod readme;
pub mod replay;
pub mod report;
pub mod sentences;
pub mod sweep;
pub mod table;
pub mod terminal;
