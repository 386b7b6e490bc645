//! One thread, and a kept connection for each request at once.

use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use std::slice::Iter;

use anyhow::{Context, Result};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

use crate::answer::Answer;
use crate::task::Task;

/// A connection, and what it waits for.
struct Connection<'a> {
    stream: TcpStream,
    answer: Answer,
    task: &'a Task,
}

/// Downloads all of `tasks` from the server of the first, at most `concurrency` at once.
pub fn download_many(tasks: &[Task], concurrency: usize) -> Result<()> {
    let mut left = tasks.iter();
    let ready = epoll::create(CreateFlags::CLOEXEC)?;
    let mut connections = Vec::new();
    for task in left.by_ref().take(concurrency) {
        let stream = TcpStream::connect(&task.host).with_context(|| format!("failed to connect to {}", task.host))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        epoll::add(&ready, &stream, EventData::new_u64(connections.len() as u64), EventFlags::IN)?;
        let mut connection = Connection { stream, answer: Answer::new(), task };
        connection.ask()?;
        connections.push(connection);
    }
    let (mut events, mut busy) = (Vec::with_capacity(concurrency.max(1)), connections.len());
    while busy > 0 {
        events.clear();
        epoll::wait(&ready, spare_capacity(&mut events), None)?;
        for event in &events {
            if !connections[event.data.u64() as usize].advance(&mut left)? {
                busy -= 1;
            }
        }
    }
    Ok(())
}

impl<'a> Connection<'a> {
    /// Sends its task's request, which is so short that the socket has always room for it.
    fn ask(&mut self) -> Result<()> {
        Ok(self.stream.write_all(self.task.request().as_bytes())?)
    }

    /// Reads what has come, and goes on to the next task once it is all. Returns false when there is none left.
    fn advance(&mut self, left: &mut Iter<'a, Task>) -> Result<bool> {
        match self.answer.read(&mut self.stream) {
            Ok(None) => return Ok(true),
            Ok(Some((status, image))) => self.task.finish(status, image)?,
            Err(error) if is_early(&error) => return Ok(true),
            Err(error) => return Err(error),
        }
        let Some(task) = left.next() else { return Ok(false) };
        self.task = task;
        self.ask()?;
        Ok(true)
    }
}

/// Whether nothing has come after all.
fn is_early(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::WouldBlock)
}
