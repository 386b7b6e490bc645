//! A run: how it is cancelled, timed, counted and written down.

mod cancel;
pub(crate) mod clock;
mod failure;
pub(crate) mod file_size;
mod finished;
mod handle;
pub(crate) mod open_files;
mod pool;
pub mod record;
mod recorder;
mod sample;
mod starts;
pub(crate) mod status;
mod tally;
mod task_sample;
mod usage_error;

pub use cancel::{Cancel, GRACE, Signal};
pub use clock::Clock;
pub use executor::processes::Usage;
pub use failure::{Class, Failure, Phase};
pub use finished::Finished;
pub use handle::{Run, then_close, this_worker};
pub use pool::Pool;
pub use recorder::{Recorder, Show};
pub use sample::{Ending, Sample};
pub use starts::{Start, Starts};
pub use tally::Tally;
pub use task_sample::{Named, TaskSample};
pub use usage_error::UsageError;
