//! What the samples say: statistics, verdicts and bounds, and the summary that every report is made from.

pub mod bounds;
pub mod budget;
pub mod choice;
pub mod choosing;
mod computed;
pub mod goals;
pub mod mapping;
pub mod model;
pub mod pairs;
mod rounds;
pub mod scaling;
pub mod summary;
pub mod verdict;
