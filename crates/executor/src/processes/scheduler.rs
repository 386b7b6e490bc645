//! The pool's thread: it starts the workers, dispatches tasks to them, delivers results, and reaps workers.
//!
//! It waits in one place, for everything at once, and never for one worker: two processes that write to each other, and do not
//! read, wait for ever. It lives as long as the pool has workers, because they die with the thread that started them.

use std::io;
use std::num::{NonZeroU64, NonZeroUsize};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::Error;
use crate::guard;
use crate::processes::Usage;
use rustix::process::Signal;

use crate::processes::scheduler::growth::Growth;
use crate::processes::scheduler::poll::{WorkerEvent, deadline, wait};
use crate::processes::wire::reply::Kind;
use crate::processes::worker::fork_server::ForkServer;
use crate::processes::worker::handle::{Message, Stage, WorkerHandle};
use crate::processes::{Shared, StartMethod};

pub(crate) mod commands;
mod dispatch;
mod growth;
mod poll;
mod start;
mod stop;

/// Bytes read from a channel at a time, and how often in a row.
const BUFFER: usize = 64 * 1024;
const READS: usize = 16;

struct Scheduler {
    shared: Arc<Shared>,
    /// What starts the workers: not there before the first is needed.
    server: Option<ForkServer>,
    method: StartMethod,
    workers: Vec<WorkerHandle>,
    /// True, when there will be no more tasks than there are.
    closing: bool,
    /// How many tasks were left in the queue when it was last looked at.
    queued: usize,
    growth: Growth,
    /// Workers in a row that ended before they had done anything.
    failed_starts: usize,
    buffer: Vec<u8>,
}

/// Starts the thread. It works until the pool is shut down, all tasks are done, and all workers have ended.
pub(crate) fn start(shared: Arc<Shared>) -> io::Result<JoinHandle<()>> {
    let mut scheduler = Scheduler::new(shared);
    thread::Builder::new().name("process-pool".to_owned()).spawn(move || scheduler.supervise(Scheduler::run))
}

impl Scheduler {
    fn new(shared: Arc<Shared>) -> Self {
        Self {
            method: shared.options.method(),
            shared,
            server: None,
            workers: Vec::new(),
            closing: false,
            queued: 0,
            growth: Growth::new(thread::available_parallelism().map_or(1, NonZeroUsize::get), Instant::now()),
            failed_starts: 0,
            buffer: vec![0; BUFFER],
        }
    }

    /// Runs it. A panic, which would be a bug of the pool, leaves no future unfinished and no process behind.
    fn supervise(&mut self, run: impl FnOnce(&mut Self)) {
        let Err(panic) = guard::caught(|| run(self)) else { return };
        let reason = format!("its own thread {panic}");
        self.shared.commands.close(Some(&reason));
        let error = Error::Broken { reason };
        self.workers.drain(..).for_each(|worker| worker.kill_and_reap(&error));
        self.server.take().map(ForkServer::reap);
        self.publish();
        self.shared.commands.fail(&error);
    }

    fn run(&mut self) {
        // Without this, the sleep before replies are read is three times as long. It is for speed only, so it may fail.
        let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));
        loop {
            self.apply_commands();
            let now = Instant::now();
            self.check_deadlines(now);
            self.dispatch(now);
            self.grow(now);
            self.retire_workers(now);
            if self.closing && self.queued == 0 && self.workers.is_empty() && self.server.is_none() {
                return;
            }
            self.wait_for_events();
        }
    }

    /// Does what was asked of the pool since the last time.
    fn apply_commands(&mut self) {
        let taken = self.shared.commands.take();
        self.closing = taken.closed;
        if taken.cancel {
            self.recall_all();
            self.shared.commands.fail(&Error::Cancelled);
        }
        if let Some(signal) = taken.stop {
            let now = Instant::now();
            self.workers.iter_mut().for_each(|worker| worker.signal(signal, now));
        }
    }

    /// Handles what has taken too long.
    fn check_deadlines(&mut self, now: Instant) {
        let options = &self.shared.options;
        if let Some(server) = &mut self.server
            && server.deadline(options.start_timeout).is_some_and(|deadline| now >= deadline)
        {
            if !server.has_started_one() {
                return self.break_pool(&too_late(options.start_timeout));
            }
            // The next one will do what this one has not done.
            self.reap_server();
        }
        let options = &self.shared.options;
        for worker in &mut self.workers {
            if deadline(worker, options).is_none_or(|deadline| now < deadline) {
                continue;
            }
            match worker.stage {
                Stage::Starting | Stage::Ready if worker.is_eof_overdue(now) => {
                    worker.kill_as_faulty("killed, for it had closed its channel".to_owned());
                }
                Stage::Starting => {
                    return self.break_pool(&too_late(options.start_timeout));
                }
                Stage::Stopping(None) => worker.signal(Signal::TERM, now),
                Stage::Stopping(_) => worker.signal(Signal::KILL, now),
                Stage::Ready => match options.task_timeout {
                    Some(after) if now.duration_since(worker.since) >= after => {
                        worker.ended = Some(Error::TimedOut { after });
                        worker.signal(Signal::KILL, now);
                    }
                    _ => self.shared.commands.queue().put_first(worker.recall()),
                },
            }
        }
    }

    /// Waits until something happens, and handles it.
    fn wait_for_events(&mut self) {
        let options = &self.shared.options;
        let server = self.server.as_ref().and_then(|server| server.deadline(options.start_timeout));
        let deadlines = self.workers.iter().filter_map(|worker| deadline(worker, options)).chain(server);
        let next = deadlines.chain(self.wants_to_grow().then(|| self.growth.at())).min();
        let mut timeout = next.map(|next| next.saturating_duration_since(Instant::now()));
        if self.queued == 0 {
            // Only then do more tasks make a difference.
            let mut queue = self.shared.commands.queue();
            queue.set_wake(true);
            if queue.len() > 0 {
                timeout = Some(Duration::ZERO);
            }
        }
        if let Some(delay) = self.workers.iter().map(WorkerHandle::reply_delay).min().filter(|delay| !delay.is_zero()) {
            // Every worker has enough to do. One wake-up for many replies costs less than one for each.
            thread::sleep(delay);
        }
        let (server_event, events) = wait(self.server.as_ref(), &self.workers, &self.shared.commands, timeout);
        self.shared.commands.queue().set_wake(false);
        // From the last to the first, so that one that is removed does not move those that are still to be seen.
        for (i, event) in events.into_iter().enumerate().rev() {
            match event {
                WorkerEvent::Nothing => {}
                WorkerEvent::Replied => self.read_replies(i, READS),
                WorkerEvent::Ended => self.worker_ended(i),
            }
        }
        if server_event {
            self.read_server_events();
        }
    }

    /// Reads what a worker has sent.
    fn read_replies(&mut self, i: usize, reads: usize) {
        let (answered, messages) = self.workers[i].receive(&mut self.buffer, reads);
        if answered > 0 {
            self.failed_starts = 0;
            self.growth.answered(answered);
        }
        for message in messages {
            self.handle_message(i, message);
        }
    }

    /// Handles what a worker said besides results.
    fn handle_message(&mut self, i: usize, (kind, body): Message) {
        let worker = &mut self.workers[i];
        let text = String::from_utf8_lossy(&body);
        match kind {
            Kind::Ready => {
                let now = Instant::now();
                if worker.stage == Stage::Starting {
                    worker.stage = Stage::Ready;
                    worker.since = now;
                }
                self.growth.ready(now);
            }
            Kind::Usage => {
                if let Ok(usage) = postcard::from_bytes::<Usage>(&body) {
                    self.shared.add_usage(worker.index, usage);
                }
            }
            Kind::Refused => self.break_pool(&format!("a worker refused to work: {text}")),
            Kind::NotInitialized => self.break_pool(&format!("the initializer of a worker failed: {text}")),
            Kind::Malformed => {
                let how = "killed, for something other than a reply of its own was in its channel".to_owned();
                worker.kill_as_faulty(how);
            }
            Kind::Done => {}
        }
    }

    /// Updates what [`ProcessPool::worker_ids`] returns.
    fn publish(&self) {
        self.shared.publish(self.workers.iter().map(WorkerHandle::id).collect());
    }
}

fn too_late(limit: Duration) -> String {
    format!("a worker was not ready within {limit:?}: does its main begin with processes::enter?")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::processes::ProcessPool;

    #[test]
    fn a_thread_that_panics_leaves_no_process_behind_and_no_future_unfinished() {
        let folder = tempfile::tempdir().unwrap();
        // A worker that never says that it is ready.
        let program = folder.path().join("worker");
        fs::write(&program, "#!/bin/sh\nexec sleep 600\n").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        for method in [StartMethod::Spawn, StartMethod::ForkServer] {
            let pool = ProcessPool::builder().workers(1).program(&program).start_method(method).build().unwrap();
            let shared = pool.0.clone();
            let (job, future) = crate::processes::job::single(&Nothing, shared.commands.cancelled()).unwrap();
            shared.commands.submit(job);
            let mut started = Vec::new();
            Scheduler::new(shared).supervise(|scheduler| {
                scheduler.start(Instant::now());
                started = scheduler.workers.iter().map(WorkerHandle::id).collect();
                panic!("a mistake of ours");
            });
            assert_eq!(started.len(), usize::from(method == StartMethod::Spawn));
            assert!(started.iter().all(|pid| !fs::exists(format!("/proc/{pid}")).unwrap()), "it was reaped");
            let error = future.result().unwrap_err().to_string();
            assert!(error.contains("its own thread panicked at") && error.contains("a mistake of ours"), "{error}");
        }
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Nothing;

    impl crate::Task for Nothing {
        type Output = ();

        fn run(self) {}
    }

    impl crate::processes::RemoteTask for Nothing {
        const NAME: &'static str = "nothing";
    }
}
