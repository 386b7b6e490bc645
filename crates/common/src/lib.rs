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

mod cli;
mod describe;
pub mod http;
mod profile;
mod program;
pub mod run;
pub mod show;
mod strategy;
pub mod workloads;

pub use http::{
    Answer, BadCode, Code, Download, Flag, FlagSample, Folder, LONGEST_BODY, LONGEST_WAIT, MOST_HEADERS, Outcome,
    Settings, Step, Timeouts, Times, authorization, gif, parse_retry_after, redirect, site, tls,
};
pub use profile::Profile;
pub use program::main;
pub use run::{
    Cancel, Class, Clock, Failure, GRACE, Phase, Recorder, Run, Sample, Signal, Tally, TaskSample, Usage, record,
    then_close, this_worker,
};
pub use strategy::Strategy;
pub use workloads::{
    flags::{AVAILABLE, Flags, POPULOUS, Selection},
    futures, list, loiter, primes, sqrt,
};
