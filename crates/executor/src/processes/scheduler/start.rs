//! How the pool gets its workers: when it wants more, how they are started, and what is done if they cannot be.

use std::io::{self, ErrorKind};
use std::time::Instant;

use super::Scheduler;
use super::stop::how;
use crate::processes::StartMethod;
use crate::processes::child;
use crate::processes::wire::handshake::{Handshake, PROTOCOL};
use crate::processes::wire::request::RequestBuilder;
use crate::processes::wire::server_event::ServerEvent;
use crate::processes::worker::STOP_TIMEOUT;
use crate::processes::worker::fork_server::{ForkServer, PendingWorker};
use crate::processes::worker::handle::{Stage, WorkerHandle};
use crate::processes::worker::spawn::Process;

/// When this many workers in a row have ended before they did anything, the pool is broken.
const MOST_FAILED_STARTS: usize = 3;

impl Scheduler {
    /// Starts workers, if tasks wait and more may help: as many again as there are.
    pub(super) fn grow(&mut self, now: Instant) {
        if self.wants_to_grow() && self.growth.is_due(self.workers.len(), now) {
            let room = self.shared.options.workers - self.workers.len();
            for _ in 0..self.workers.len().clamp(1, room).min(self.unstarted()) {
                self.start(now);
            }
        }
    }

    pub(super) fn wants_to_grow(&self) -> bool {
        self.unstarted() > 0
            && self.has_room()
            && self.pending() == 0
            && !self.workers.iter().any(|worker| worker.stage == Stage::Starting)
    }

    /// Whether there may be one more worker.
    pub(super) fn has_room(&self) -> bool {
        self.workers.len() + self.pending() < self.shared.options.workers
    }

    /// The workers that the fork server is yet to start.
    pub(super) fn pending(&self) -> usize {
        self.server.as_ref().map_or(0, |server| server.pending().len())
    }

    /// Starts a worker, or asks the fork server to.
    pub(super) fn start(&mut self, now: Instant) {
        let pending = self.server.iter().flat_map(ForkServer::pending).map(|pending| pending.index);
        let taken: Vec<usize> = self.workers.iter().map(|worker| worker.index).chain(pending).collect();
        let index = (0..).find(|index| !taken.contains(index)).unwrap_or_default();
        let handshake = Handshake {
            protocol: PROTOCOL,
            release: env!("CARGO_PKG_VERSION").to_owned(),
            tasks: child::entered(),
            parent: std::process::id(),
            index,
            depth: child::depth() + 1,
            initializer: self.shared.options.initializer.clone(),
        };
        let mut request = RequestBuilder::new(0);
        request.item(&handshake).expect("numbers and text can be encoded");
        let handshake = request.build().bytes().to_vec();
        if self.method == StartMethod::Spawn {
            return match self.shared.options.program.start_worker(handshake) {
                Ok((process, handshake)) => self.add(WorkerHandle::new(index, process, handshake, now)),
                Err(error) => self.cannot_start(&error.to_string(), now),
            };
        }
        match self.server(now).and_then(|server| server.ask(index, handshake, now)) {
            Ok(()) => {}
            // It has just ended. If the worker is still needed in a moment, another server will start it.
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                self.reap_server()
            }
            Err(error) => self.cannot_start(&error.to_string(), now),
        }
    }

    /// The fork server, which is started if there is none that still works.
    fn server(&mut self, now: Instant) -> io::Result<&mut ForkServer> {
        self.server.take_if(|server| server.is_stopping()).map(ForkServer::reap);
        let server = match self.server.take() {
            Some(server) => server,
            None => ForkServer::start(&self.shared.options.program, now)?,
        };
        Ok(self.server.insert(server))
    }

    /// A worker could not be started, so the others have to do; without any, the pool is broken.
    fn cannot_start(&mut self, why: &str, now: Instant) {
        if self.workers.is_empty() && self.pending() == 0 {
            self.break_pool(&format!("a worker could not be started: {why}"));
        } else {
            self.growth.put_off(now + STOP_TIMEOUT);
        }
    }

    /// Reads what the fork server reports.
    pub(super) fn read_server_events(&mut self) {
        while let Some(server) = &mut self.server {
            let now = Instant::now();
            match server.next_event() {
                Ok(Some(ServerEvent::Started(pid))) => {
                    if let Some(pending) = server.next_pending(now) {
                        self.adopt(pid, pending, now);
                    }
                }
                // The system has no such copies, or the program has threads before it enters. Its workers can be started all the same.
                Ok(Some(ServerEvent::Failed(_))) if !server.has_started_one() => {
                    self.method = StartMethod::Spawn;
                    self.server.take().map(ForkServer::reap);
                }
                Ok(Some(ServerEvent::Failed(why))) => {
                    server.next_pending(now);
                    self.cannot_start(&why, now);
                }
                Ok(Some(ServerEvent::Usage(usage))) => self.shared.add_usage(self.shared.options.workers, usage),
                Ok(None) => return,
                Err(_) => self.reap_server(),
            }
        }
    }

    /// Makes a handle of a worker that the fork server has started.
    fn adopt(&mut self, pid: i32, pending: PendingWorker, now: Instant) {
        match Process::adopt(pid, pending.channel) {
            Ok(process) => self.add(WorkerHandle::new(pending.index, process, pending.handshake, now)),
            Err(error) => self.cannot_start(&error.to_string(), now),
        }
    }

    fn add(&mut self, worker: WorkerHandle) {
        self.workers.push(worker);
        self.publish();
    }

    /// Ends the fork server, if it has not ended. That costs nothing: if more workers are needed, another one will start them.
    pub(super) fn reap_server(&mut self) {
        let Some(server) = self.server.take() else {
            return;
        };
        let was_needed = !server.has_started_one() || server.pending().len() > 0;
        let status = server.reap();
        if was_needed {
            self.count_failed_start(&how(status));
        }
    }

    /// Another worker has ended before it had done anything.
    pub(super) fn count_failed_start(&mut self, how: &str) {
        self.failed_starts += 1;
        if self.failed_starts >= MOST_FAILED_STARTS {
            self.break_pool(&format!(
                "{MOST_FAILED_STARTS} workers in a row ended before they had done anything; the last one {how} \
                 (does the program's main begin with processes::enter?)"
            ));
        }
    }
}
