//! A run: how it is cancelled, timed, counted and written down.

mod cancel;
pub(crate) mod clock;
mod failure;
pub(crate) mod file_size;
pub(crate) mod open_files;
pub mod record;
mod recorder;
mod tally;
mod task;

pub use cancel::{Cancel, GRACE, Signal};
pub use clock::Clock;
pub use executor::processes::Usage;
pub use failure::{Class, Failure, Phase};
pub use recorder::Recorder;
pub use tally::Tally;
pub use task::{TaskRecorder, TaskSample};
