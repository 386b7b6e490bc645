//! The least that a client can do: what the strategies' times are compared with.
//!
//! What it deliberately does not do: anything about a server that is not well-behaved.

mod answer;
mod blocking;
mod epoll;
mod hyper;
mod task;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("floors: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [floor, lines, concurrency] = &arguments[..] else {
        bail!("usage: floors blocking|epoll|hyper LINES CONCURRENCY");
    };
    let tasks = task::read(lines.as_ref())?;
    let concurrency: usize = concurrency.parse().context("the concurrency is a whole number")?;
    match floor.as_str() {
        "blocking" => blocking::download_many(&tasks),
        "epoll" => epoll::download_many(&tasks, concurrency),
        "hyper" => hyper::download_many(tasks, concurrency),
        other => bail!("there is no floor {other}: blocking, epoll and hyper are those that there are"),
    }
}
