//! The pictures, as SVG by hand: fixed shapes, readable in light and dark, on paper, and without telling red from green. One of
//! them moves.

pub mod cost;
pub mod map;
pub mod palette;
pub mod race;
pub mod ratios;
pub mod scale;
pub mod scaling;
pub mod svg;
pub mod waterfall;

/// The width of a picture in a file of its own, and in a wide window.
pub const WIDE: f64 = 860.0;
/// The width of a picture on a telephone.
pub const NARROW: f64 = 380.0;
