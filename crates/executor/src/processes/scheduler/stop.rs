//! How workers end, those that were asked to and those that were lost; and how the pool does, when it is broken.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Instant;

use rustix::process::Signal;

use super::Scheduler;
use crate::Error;
use crate::processes::worker::exit::describe;
use crate::processes::worker::fork_server::ForkServer;
use crate::processes::worker::handle::{Stage, WorkerHandle};

impl Scheduler {
    /// Stops workers that are not needed any more: all of them at the end, or one that has run its maximum of tasks.
    pub(super) fn retire_workers(&mut self, now: Instant) {
        let over = self.closing && self.queued == 0;
        if over
            && self.pending() == 0
            && let Some(server) = &mut self.server
        {
            server.ask_to_stop(now);
        }
        let options = &self.shared.options;
        let has_done_its_share =
            |worker: &WorkerHandle| options.max_tasks_per_child.is_some_and(|most| worker.taken >= most);
        for worker in &mut self.workers {
            match worker.stage {
                Stage::Ready if worker.is_idle() && (over || has_done_its_share(worker)) => worker.ask_to_stop(now),
                // It has done nothing yet, and would only start in order to end.
                Stage::Starting if over && options.initializer.is_none() => worker.signal(Signal::KILL, now),
                Stage::Starting if over => worker.ask_to_stop(now),
                _ => {}
            }
        }
    }

    /// Handles the end of a worker: it costs the task that it was running, and no other.
    pub(super) fn worker_ended(&mut self, i: usize) {
        // What it said before it ended still counts.
        self.read_replies(i, usize::MAX);
        let mut worker = self.workers.remove(i);
        let (stage, unread) = (worker.stage, worker.recall());
        let was_needed = stage == Stage::Starting || !unread.is_empty();
        self.shared.commands.queue().put_first(unread);
        let (pid, is_faulty) = (worker.id(), worker.is_faulty());
        let (status, task, ended) = worker.reap();
        self.publish();
        let (code, signal) = status.as_ref().map_or((None, None), |status| (status.code(), status.signal()));
        let how = how(status);
        let lost_task = task.is_some();
        if let Some(task) = task {
            task.fail(match ended {
                None => Error::WorkerLost { pid, code, signal, how: how.clone() },
                // It may have ended by itself before it could be killed.
                Some(Error::WorkerLost { how: why, .. }) => {
                    let was_killed = signal == Some(Signal::KILL.as_raw());
                    Error::WorkerLost { pid, code, signal, how: if was_killed { why } else { how.clone() } }
                }
                Some(error) => error,
            });
        }
        if let Some(error @ Error::Broken { .. }) = self.shared.commands.why_closed() {
            // What was taken back has no worker to go to any more.
            return self.shared.commands.fail(&error);
        }
        // A worker that was ended for a fault of its own was lost, too.
        let was_told_to = matches!(stage, Stage::Stopping(_)) && !is_faulty;
        if lost_task && self.shared.options.strict && !was_told_to {
            self.break_pool(&format!("a worker was lost: {how}"));
        } else if lost_task && self.has_room() && (!self.closing || self.waits()) {
            self.start(Instant::now());
        } else if !lost_task && was_needed && !was_told_to {
            self.count_failed_start(&how);
        }
    }

    /// Ends the pool: whatever is not finished fails for this reason.
    pub(super) fn break_pool(&mut self, reason: &str) {
        self.shared.commands.close(Some(reason));
        self.closing = true;
        self.queued = 0;
        let (error, now) = (Error::Broken { reason: reason.to_owned() }, Instant::now());
        for worker in &mut self.workers {
            worker.ended.get_or_insert_with(|| error.clone());
            worker.signal(Signal::KILL, now);
        }
        // One that works is asked to end when it has said which workers there are, so that these can be waited for.
        if self.server.as_ref().is_some_and(|server| !server.has_started_one()) {
            self.server.take().map(ForkServer::reap);
        }
        self.shared.commands.fail(&error);
    }
}

pub(super) fn how(status: io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| format!("its exit status could not be read: {error}"), describe)
}
