//! A recorded run as a film: panes side by side in which each task appears when it ended, with a clock, a growing waterfall, and a
//! time axis to drag. It is a pair of files for a browser, the same in `report.html` and in the page of `race`.

/// The component: `class Replay`, as a plain script without a dependency.
pub const SCRIPT: &str = include_str!("replay.js");

/// How it looks. Its colours are the page's, by the names of [`palette::page`](crate::show::pictures::palette::page).
pub const STYLE: &str = include_str!("replay.css");
