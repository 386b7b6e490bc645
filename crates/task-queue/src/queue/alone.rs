//! A server and workers that are there for one queue, as its caller sees them: one child process, the keeper.

use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    net::Shutdown,
    os::{
        fd::OwnedFd,
        unix::{net::UnixStream, process::CommandExt},
    },
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use common::site::this_program;
use executor::processes::Usage;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;

use super::{Options, QueueError, Server, caller::Event, enter, keeper};

/// What the keeper is to keep.
#[derive(Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The server that the workers are to serve; `None`, if one is to be started.
    pub server: Option<Server>,
    /// The queue.
    pub queue: String,
    /// The slots of each worker.
    pub slots: Vec<usize>,
}

/// What the keeper says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Said {
    /// The server is ready. Its folder goes with it.
    Ready(Option<(Server, PathBuf)>),
    /// It could not start what it was to keep.
    Failed(String),
    /// All have ended. What they used.
    Ended(Usage),
}

/// The keeper's process. Its standard input is a socket, by which it hears and speaks. It ends, and with it whatever it has started, when that
/// closes: so even if this process is killed.
pub struct Alone {
    keeper: Child,
    socket: UnixStream,
    said: Receiver<Said>,
    server: Option<(Server, PathBuf)>,
}

/// How long the keeper may take to start its server, and to end.
const START: Duration = Duration::from_secs(20);
const END: Duration = Duration::from_secs(5);

impl Alone {
    /// Starts what the options ask for; `None`, if that is nothing. `events` hears if it ends by itself.
    ///
    /// # Errors
    /// There is no server to start, or it does not start.
    pub fn start(options: &Options, events: UnboundedSender<Event>) -> Result<Option<Self>, QueueError> {
        let slots = share(options.slots, options.workers);
        if options.server.is_some() && slots.is_empty() {
            return Ok(None);
        }
        if options.server.is_none() && !keeper::has_server() {
            return Err(QueueError::NoServer);
        }
        let kept = Kept { server: options.server.clone(), queue: options.queue.clone(), slots };
        let failed = |error: io::Error| QueueError::NotStarted(error.to_string());
        let (mut socket, theirs) = UnixStream::pair().map_err(failed)?;
        let keeper = Command::new(this_program())
            .arg(enter::KEEPER)
            // A Ctrl-C in the terminal is for us, and so are its signals; the others stay until what is under way has ended.
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .spawn()
            .map_err(failed)?;
        let line = serde_json::to_string(&kept).expect("text and numbers are JSON");
        let told = writeln!(socket, "{line}").and_then(|()| socket.try_clone());
        let (sender, said) = channel();
        let mut alone = Self { keeper, socket, said, server: None };
        let heard = told.map_err(failed)?;
        let listen = move || {
            let mut why = "its workers and their keeper have ended".to_owned();
            for line in BufReader::new(heard).lines().map_while(Result::ok) {
                match serde_json::from_str(&line) {
                    Ok(Said::Failed(reason)) => {
                        why.clone_from(&reason);
                        _ = sender.send(Said::Failed(reason));
                    }
                    Ok(words) => _ = sender.send(words),
                    Err(_) => {}
                }
            }
            drop(sender);
            _ = events.send(Event::Broken(why));
        };
        thread::Builder::new().name("keeper".to_owned()).spawn(listen).map_err(failed)?;
        match alone.said.recv_timeout(START) {
            Ok(Said::Ready(server)) => alone.server = server,
            Ok(Said::Failed(why)) => return Err(QueueError::NotStarted(why)),
            _ => return Err(QueueError::NotStarted(format!("it was not ready within {START:?}"))),
        }
        Ok(Some(alone))
    }

    /// The server that was started.
    pub fn server(&self) -> Option<Server> {
        self.server.as_ref().map(|(server, _)| server.clone())
    }

    /// Ends all of them. Says what they used.
    pub fn end(self) -> Usage {
        _ = self.socket.shutdown(Shutdown::Write);
        match self.said.recv_timeout(END) {
            Ok(Said::Ended(usage)) => usage,
            _ => Usage::default(),
        }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        _ = self.socket.shutdown(Shutdown::Write);
        let end = Instant::now() + END;
        while matches!(self.keeper.try_wait(), Ok(None)) && Instant::now() < end {
            thread::sleep(Duration::from_millis(1));
        }
        _ = self.keeper.kill();
        _ = self.keeper.wait();
        // If the keeper was killed, it could not.
        if let Some((_, folder)) = &self.server {
            _ = fs::remove_dir_all(folder);
        }
    }
}

/// So many slots, shared out evenly; a worker has at least one.
fn share(slots: usize, workers: usize) -> Vec<usize> {
    let workers = workers.min(slots);
    (0..workers).map(|worker| slots / workers + usize::from(worker < slots % workers)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_shared_out_evenly_and_none_is_made_up() {
        assert_eq!(share(30, 2), [15, 15]);
        assert_eq!(share(5, 2), [3, 2]);
        assert_eq!(share(1, 2), [1]);
        assert_eq!(share(7, 0), [0; 0]);
    }
}
