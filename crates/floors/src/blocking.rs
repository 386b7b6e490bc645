//! One kept connection, a request after the other.

use std::io::Write;
use std::net::TcpStream;

use anyhow::{Context, Result};

use crate::answer::Answer;
use crate::task::Task;

/// Downloads all of `tasks` from the server of the first.
pub fn download_many(tasks: &[Task]) -> Result<()> {
    let Some(first) = tasks.first() else { return Ok(()) };
    let mut stream = TcpStream::connect(&first.host).with_context(|| format!("failed to connect to {}", first.host))?;
    stream.set_nodelay(true)?;
    let mut answer = Answer::new();
    for task in tasks {
        stream.write_all(task.request().as_bytes())?;
        let (status, image) = loop {
            if let Some(whole) = answer.read(&mut stream)? {
                break whole;
            }
        };
        task.finish(status, image)?;
    }
    Ok(())
}
