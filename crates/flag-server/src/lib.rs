//! The servers that the strategies download from: LOCAL answers at once, DELAY waits 0.5 to 5
//! seconds before each answer, ERROR waits as long and answers a quarter of the requests with
//! `418 I'm a teapot` (*Fluent Python* 2e, chapter 20, "Downloads with Progress Display and Error
//! Handling").
//!
//! The chapter's servers draw their delays from an unseeded random source, so that no two runs do
//! the same work. Here delay and error are a pure function of the seed, the code, and how often that
//! code was asked for before in the same run ([`outcome`]): every strategy, in every run, in whatever order, meets
//! the same server. `/manifest.json` tells in advance what that will be, `/stats` tells afterwards
//! what happened, and a page shows it flag by flag while it happens. A run is over when its last connection is closed; `POST /reset` makes the server forget it, and the counts of
//! `/stats`, at once.
//!
//! Besides, FAULT does to its clients what the crate `faults` has names for ([`serve_faults`]): on the bare connection, in threads, as
//! hyper would do none of it.
//!
//! What it deliberately does *not* do: it reads no file while it serves (a folder is read at the
//! start, so that no request can lead out of it), it decodes no path, it writes no log, it speaks no
//! TLS, and it has no state but its counts.

mod activity;
mod attempts;
mod board;
mod code;
mod conditional;
mod config;
mod connection;
mod fault_list;
mod fault_site;
mod flags;
mod listen;
mod manifest;
mod origin;
mod outcome;
mod page;
mod representation;
mod response;
mod routes;
mod runs;
mod server;
mod sized;
mod stats;
mod stream;

pub use code::Code;
pub use config::{Config, Limits};
pub use fault_site::serve_faults;
pub use flags::Flags;
pub use listen::{listen, raise_open_file_limit};
pub use outcome::{METADATA, Outcome, outcome, random_fault};
pub use response::SERVER;
pub use server::run;
pub use sized::SIZES;
pub use stats::Stats;
