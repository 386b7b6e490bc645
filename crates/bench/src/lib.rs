//! The benchmark: which strategy, and what does it cost, on this machine?
//!
//! It runs programs as child processes, each a fresh one, in rounds: every contender once in each round, in an order
//! shuffled by a printed seed, the baseline twice. It checks every answer, compares the two runs of the same round, and
//! says no more than the interval of those ratios allows.
//!
//! From the data outwards: a [`workload`] is what is to be done, a [`contenders::Contender`] a program that can do it.
//! A [`session`] decides who runs when, a [`runner`] starts the programs ([`child`]) and holds their answers against
//! the truth ([`check`]). A [`sample::Sample`] is what one run took, a [`record`] is the folder that keeps them all, and
//! a [`summary`] is what they say ([`statistics`], [`verdict`], [`bounds`], [`scaling`]). The rest draws: [`table`],
//! [`words`], [`pictures`], [`html`].
//!
//! What others make is not trusted: its text is [`untrusted`] and its [`files`] are read with care, a [`guard`] ends the processes
//! and [`scratch`] removes the folders that they leave.
//!
//! What it deliberately does not do: it links none of the programs that it measures, so that nothing of `bench` is in
//! their times; it talks to no other machine; it throws no measurement away; it never looks at the results before the
//! number of rounds is fixed; it never writes over an older run.

pub mod bounds;
pub mod check;
pub mod child;
pub mod cli;
pub mod commands;
pub mod contenders;
pub mod environment;
pub mod files;
pub mod goals;
pub mod guard;
pub mod html;
mod http;
mod limits;
pub mod markdown;
mod memory;
pub mod nginx;
pub mod pictures;
pub mod placeholders;
pub mod progress;
pub mod record;
pub mod report;
mod rounds;
pub mod runner;
pub mod sample;
pub mod scaling;
pub mod scratch;
pub mod server;
pub mod session;
pub mod shuffle;
pub mod statistics;
pub mod summary;
pub mod table;
pub mod terminal;
pub mod text;
pub mod untrusted;
pub mod verdict;
pub mod words;
pub mod workload;
pub mod wrk;
