//! The benchmark: which strategy, and what does it cost, on this machine?
//!
//! It runs programs as child processes, each a fresh one, in rounds: every contender once in each round, in an order
//! shuffled by a printed seed, the baseline twice, as far as the budget pays for it. It checks every answer, compares the two runs of the same round, and
//! says no more than the interval of those ratios allows.
//!
//! The rooms, from the command line to the ground. Each may use only those below it:
//!
//! | room | what it does |
//! |---|---|
//! | [`commands`] | the command line: `run`, `sweep`, `choose`, `map`, `goals`, `report`, `replay`, `compare`, `readme` |
//! | [`measure`] | runs programs and takes their times: the session decides who runs when, the runner starts them and checks their answers |
//! | [`show`] | tables, sentences, pictures, the HTML report, the progress line |
//! | [`analyse`] | statistics, verdicts, bounds, and the summary that all reports are made from |
//! | [`record`] | the folder of a run: what was measured, where, and each sample |
//! | [`plan`] | what is to be measured: workloads, contenders and their commands, goals |
//! | [`base`] | reading files from outside with care, and numbers as people read them |
//!
//! What others make is not trusted: its text is made visible ([`base::untrusted`]), its files are read up to a limit
//! ([`base::files`]), a [`measure::guard`] ends the processes and [`measure::scratch`] removes the folders that they leave.
//!
//! What it deliberately does not do: it links none of the programs that it measures, so that nothing of `bench` is in
//! their times; it talks to no other machine; it throws no measurement away; it never looks at the results before the
//! number of rounds is fixed; it never writes over an older run.

#[cfg(not(target_os = "linux"))]
compile_error!(
    "Side by Side measures processes through Linux's /proc, and starts them by Linux's system calls: build and run it on Linux, in WSL2, or in a container (.devcontainer)"
);

pub mod analyse;
pub mod base;
pub mod commands;
pub mod measure;
pub mod plan;
pub mod record;
pub mod show;
