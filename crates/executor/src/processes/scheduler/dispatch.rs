//! Which worker gets which task, and when.

use std::time::Instant;

use super::Scheduler;
use crate::processes::job::Job;
use crate::processes::worker::handle::WorkerHandle;

impl Scheduler {
    /// Sends tasks: first one to each idle worker; then, to those that answer quickly, some ahead.
    pub(super) fn dispatch(&mut self, now: Instant) {
        let idle = self.workers.iter().filter(|worker| worker.is_idle()).count();
        if self.shared.commands.queue().len() < idle {
            // No task waits behind another one while a worker has nothing to do.
            self.recall_all();
        }
        let most = self.shared.options.max_tasks_per_child.unwrap_or(usize::MAX);
        let mut queue = self.shared.commands.queue();
        for worker in self.workers.iter_mut().filter(|worker| worker.is_idle() && worker.taken < most) {
            let Some(job) = queue.next(Job::start) else {
                break;
            };
            worker.send(job, now);
        }
        let running = self.workers.iter().filter(|worker| worker.is_running()).count();
        let share = queue.len() / running.max(1);
        for worker in &mut self.workers {
            for _ in 0..worker.room().min(share).min(most - worker.taken) {
                let Some(job) = queue.next(Job::prefetch) else {
                    break;
                };
                worker.send(job, now);
            }
        }
        self.queued = queue.len();
        drop(queue);
        self.workers.iter_mut().for_each(WorkerHandle::flush);
    }

    /// Tasks that no worker runs.
    pub(super) fn unstarted(&self) -> usize {
        self.queued + self.workers.iter().map(WorkerHandle::prefetched).sum::<usize>()
    }

    /// True, if tasks are in the queue, also those that were just taken back.
    pub(super) fn waits(&self) -> bool {
        self.shared.commands.queue().len() > 0
    }

    /// Recalls all tasks that no worker has begun.
    pub(super) fn recall_all(&mut self) {
        for worker in self.workers.iter_mut().filter(|worker| worker.prefetched() > 0) {
            self.shared.commands.queue().put_first(worker.recall());
        }
    }
}
