//! What every strategy shares, so that each is timed against the same workload: flag lists, saving, timing, outcomes, the command
//! line, progress and reports.
//!
//! It knows no strategy: it starts no worker, and sends no request for a flag.
//!
//! Five words are used everywhere in one meaning:
//!
//! | word | meaning |
//! |---|---|
//! | **strategy** | a way of running tasks: one by one, in threads, in processes, as async tasks |
//! | **workload** | a named set of tasks: `flags`, `primes`, `loiter`, `sqrt` |
//! | **task** | one unit of work: one flag, one number |
//! | **sample** | one measurement: what was done, by whom and when, and the answer it gave |
//! | **tally** | the counts of outcomes |

#[cfg(test)]
mod accounting_tests;
mod answer;
mod authorization;
mod bar;
mod cancel;
pub mod cli;
mod clock;
mod codes;
mod download;
mod file_size;
mod flag;
mod flags;
pub mod futures;
pub mod gif;
pub mod loiter;
mod open_files;
mod outcome;
mod output;
pub mod primes;
mod program;
pub mod progress;
pub mod record;
mod recorder;
pub mod redirect;
pub mod report;
mod sample;
mod save;
mod settings;
mod shown;
pub mod site;
pub mod sqrt;
mod strategy;
mod tally;
mod task;
pub mod terminal;
pub mod tls;
pub mod waterfall;
mod writer;

pub use answer::{Answer, LONGEST_BODY, MOST_HEADERS};
pub use authorization::authorization;
pub use cancel::{Cancel, GRACE, Signal};
pub use clock::Clock;
pub use codes::{AVAILABLE, BadCode, Code, POPULOUS, Selection};
pub use download::{Download, LONGEST_WAIT, Step, parse_retry_after};
pub use executor::processes::Usage;
pub use flag::{Flag, Flags};
pub use outcome::{Class, Failure, Outcome, Phase};
pub use program::main;
pub use recorder::Recorder;
pub use sample::{Sample, Times};
pub use save::Folder;
pub use settings::{Settings, Timeouts};
pub use strategy::Strategy;
pub use tally::Tally;
pub use task::{TaskRecorder, TaskSample};
