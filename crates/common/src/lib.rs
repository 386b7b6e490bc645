//! What every strategy shares, so that each is timed against the same workload: flag lists, saving, timing, outcomes, the command
//! line, progress and reports.
//!
//! It knows no strategy: it starts no worker, and sends no request for a flag.
//!
//! | room | what is in it |
//! |---|---|
//! | [`workloads`] | for each workload its arguments, its tasks, its run and its report; they return usage errors and know no command line |
//! | [`show`] | what a run shows: progress, pictures, and where its record goes |
//! | [`http`] | one flag from its URL to its file: every decision that is the same for both clients |
//! | [`run`](mod@run) | one run: cancelled, timed, counted, written down |
//!
//! Each room uses those below it, and none above. Over them stand the list of workloads, the command line, the [`Strategy`] that a program hands to [`main`], and
//! the [`Profile`] that is all the workloads know of it.
//!
//! Five words are used everywhere in one meaning:
//!
//! | word | meaning |
//! |---|---|
//! | **strategy** | a way of running tasks: one by one, in threads, in processes, as async tasks |
//! | **workload** | a named set of tasks: `flags`, `primes`, `loiter`, `sqrt`, `futures` |
//! | **task** | one unit of work: one flag, one number |
//! | **sample** | the measurement of one task: what it was, which worker did it and when, and how it ended |
//! | **tally** | the counts of how tasks ended |

#[cfg(not(target_os = "linux"))]
compile_error!(
    "Side by Side measures processes through Linux's /proc, and starts them by Linux's system calls: build and run it on Linux, in WSL2, or in a container (.devcontainer)"
);

mod cli;
mod describe;
mod generated;
pub mod http;
mod profile;
mod program;
pub mod run;
pub mod show;
mod strategy;
mod usage;
mod workload_list;
pub mod workloads;

pub use http::{
    Answer, BadCode, Code, CpuOn, Download, Flag, FlagSample, Folder, LONGEST_BODY, LONGEST_WAIT, MOST_HEADERS,
    Outcome, Settings, Step, Timeouts, Times, authorization, gif, not_saved, parse_retry_after, redirect, site, tls,
};
pub use profile::Profile;
pub use program::main;
pub use run::{
    Cancel, Class, Clock, Failure, Finished, GRACE, Named, Phase, Pool, Recorder, Run, Sample, Signal, Start, Starts,
    Tally, TaskSample, Usage, UsageError, record, then_close, this_worker,
};
pub use strategy::{Extension, Strategy};
pub use workload_list::{EachTask, each_task};
pub use workloads::{
    flags::{AVAILABLE, Flags, POPULOUS, Selection},
    futures, list, loiter, primes, sqrt,
};
