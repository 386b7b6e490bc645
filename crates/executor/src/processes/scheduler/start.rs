//! How the pool gets its workers: when it wants more, how they are started, and what is done if they cannot be.

use std::io::{self, ErrorKind};
use std::time::Instant;

use super::{Dispatcher, how};
use crate::processes::StartMethod;
use crate::processes::child;
use crate::processes::scheduler::poll::PATIENCE;
use crate::processes::wire::frame::{Hello, PROTOCOL, RequestBuilder};
use crate::processes::worker::fork_server::{Birth, ForkServer, News};
use crate::processes::worker::handle::{Hand, Stage};
use crate::processes::worker::spawn::Process;

/// So many workers in a row may end before they have done anything.
const FRUITLESS: usize = 3;

impl Dispatcher {
    /// Starts workers, if tasks wait and more may help: as many again as there are.
    pub(super) fn grow(&mut self, now: Instant) {
        if self.wants_to_grow() && self.growth.is_due(self.hands.len(), now) {
            let room = self.shared.options.workers - self.hands.len();
            for _ in 0..self.hands.len().clamp(1, room).min(self.unstarted()) {
                self.start(now);
            }
        }
    }

    pub(super) fn wants_to_grow(&self) -> bool {
        self.unstarted() > 0
            && self.has_room()
            && self.births() == 0
            && !self.hands.iter().any(|hand| hand.stage == Stage::Starting)
    }

    /// Whether there may be one more worker.
    pub(super) fn has_room(&self) -> bool {
        self.hands.len() + self.births() < self.shared.options.workers
    }

    /// The workers that the fork server is yet to start.
    pub(super) fn births(&self) -> usize {
        self.server.as_ref().map_or(0, |server| server.births().len())
    }

    /// Has a worker started.
    pub(super) fn start(&mut self, now: Instant) {
        let births = self.server.iter().flat_map(ForkServer::births).map(|birth| birth.index);
        let taken: Vec<usize> = self.hands.iter().map(|hand| hand.index).chain(births).collect();
        let index = (0..).find(|index| !taken.contains(index)).unwrap_or_default();
        let hello = Hello {
            protocol: PROTOCOL,
            release: env!("CARGO_PKG_VERSION").to_owned(),
            tasks: child::entered(),
            parent: std::process::id(),
            index,
            depth: child::depth() + 1,
            initializer: self.shared.options.initializer.clone(),
        };
        let mut greeting = RequestBuilder::new(0);
        greeting.item(&hello).expect("numbers and text can be encoded");
        let greeting = greeting.build().bytes().to_vec();
        if self.method == StartMethod::Spawn {
            return match self.shared.options.program.start_worker(greeting) {
                Ok((process, greeting)) => self.employ(Hand::new(index, process, greeting, now)),
                Err(error) => self.cannot_start(&error.to_string(), now),
            };
        }
        match self.server(now).and_then(|server| server.ask(index, greeting, now)) {
            Ok(()) => {}
            // It has just ended. If the worker is still needed in a moment, another server will start it.
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                self.lose_server()
            }
            Err(error) => self.cannot_start(&error.to_string(), now),
        }
    }

    /// The fork server, which is started if there is none that still works.
    fn server(&mut self, now: Instant) -> io::Result<&mut ForkServer> {
        self.server.take_if(|server| server.is_leaving()).map(ForkServer::bury);
        let server = match self.server.take() {
            Some(server) => server,
            None => ForkServer::start(&self.shared.options.program, now)?,
        };
        Ok(self.server.insert(server))
    }

    /// A worker could not be started, so the others have to do; without any, the pool is broken.
    fn cannot_start(&mut self, why: &str, now: Instant) {
        if self.hands.is_empty() && self.births() == 0 {
            self.break_down(&format!("a worker could not be started: {why}"));
        } else {
            self.growth.put_off(now + PATIENCE);
        }
    }

    /// Reads what the fork server has to say.
    pub(super) fn hear_server(&mut self) {
        while let Some(server) = &mut self.server {
            let now = Instant::now();
            match server.hear() {
                Ok(Some(News::Started(pid))) => {
                    if let Some(birth) = server.next_birth(now) {
                        self.adopt(pid, birth, now);
                    }
                }
                // The system has no such copies, or the program has threads before it enters. Its workers can be started all the same.
                Ok(Some(News::Failed(_))) if !server.is_proved() => {
                    self.method = StartMethod::Spawn;
                    self.server.take().map(ForkServer::bury);
                }
                Ok(Some(News::Failed(why))) => {
                    server.next_birth(now);
                    self.cannot_start(&why, now);
                }
                Ok(Some(News::Usage(usage))) => self.shared.add_usage(self.shared.options.workers, usage),
                Ok(None) => return,
                Err(_) => self.lose_server(),
            }
        }
    }

    /// Takes hold of a worker that the fork server has started.
    fn adopt(&mut self, pid: i32, birth: Birth, now: Instant) {
        match Process::adopt(pid, birth.channel) {
            Ok(process) => self.employ(Hand::new(birth.index, process, birth.greeting, now)),
            Err(error) => self.cannot_start(&error.to_string(), now),
        }
    }

    fn employ(&mut self, hand: Hand) {
        self.hands.push(hand);
        self.publish();
    }

    /// Ends the fork server, if it has not ended. That costs nothing: if more workers are needed, another one will start them.
    pub(super) fn lose_server(&mut self) {
        let Some(server) = self.server.take() else {
            return;
        };
        let was_needed = !server.is_proved() || server.births().len() > 0;
        let status = server.bury();
        if was_needed {
            self.count_fruitless(&how(status));
        }
    }

    /// Another worker has ended before it had done anything.
    pub(super) fn count_fruitless(&mut self, how: &str) {
        self.fruitless += 1;
        if self.fruitless >= FRUITLESS {
            self.break_down(&format!(
                "{FRUITLESS} workers in a row ended before they had done anything; the last one {how} \
                 (does the program's main begin with processes::enter?)"
            ));
        }
    }
}
