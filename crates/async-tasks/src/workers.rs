//! What an executor is to the pools: a few workers that take one task after another, and the answers in either order.
//!
//! The workers are asynchronous tasks on the event loop of one thread. A future of theirs is not a thing that one submits and looks
//! at: it is a function that one awaits.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard},
};

use common::Cancel;
use tokio::{sync::oneshot, task::JoinSet};

/// The answers to tasks that are under way. An answer that will not come, because the run was interrupted, is left out.
pub enum Answers<A> {
    /// In the order of the tasks.
    Mapped(VecDeque<oneshot::Receiver<A>>),
    /// In the order in which they come.
    AsCompleted(JoinSet<Result<A, oneshot::error::RecvError>>),
}

/// Has `run` run for each of the tasks, by this many workers. Those that have not begun are taken back when the end is requested.
///
/// To be called on a runtime.
pub fn map<T, A, F>(
    workers: usize,
    tasks: impl IntoIterator<Item = T>,
    cancel: &Cancel,
    run: impl Fn(T, usize) -> F + Clone + Send + 'static,
) -> Answers<A>
where
    T: Send + 'static,
    A: Send + 'static,
    F: Future<Output = A> + Send,
{
    let with_sender = |task| {
        let (sender, answer) = oneshot::channel();
        ((task, sender), answer)
    };
    let (queue, answers): (VecDeque<_>, VecDeque<_>) = tasks.into_iter().map(with_sender).unzip();
    let queue = Arc::new(Mutex::new(queue));
    cancel.on_request({
        let queue = queue.clone();
        move || lock(&queue).clear()
    });
    for worker in 0..workers.min(answers.len()) {
        let (queue, run) = (queue.clone(), run.clone());
        tokio::spawn(async move {
            loop {
                // The lock is held for the take, not for the task.
                let next = lock(&queue).pop_front();
                let Some((task, sender)) = next else { break };
                // If the answer is not waited for, the others still are.
                _ = sender.send(run(task, worker).await);
            }
        });
    }
    Answers::Mapped(answers)
}

impl<A: Send + 'static> Answers<A> {
    /// The same answers, in the order in which they come.
    pub fn in_order_of_completion(self) -> Self {
        match self {
            Self::Mapped(answers) => Self::AsCompleted(answers.into_iter().collect()),
            Self::AsCompleted(_) => self,
        }
    }

    /// The next answer.
    pub async fn next(&mut self) -> Option<A> {
        loop {
            let answer = match self {
                Self::Mapped(answers) => answers.pop_front()?.await,
                Self::AsCompleted(answers) => answers.join_next().await?.expect("to wait for an answer does not panic"),
            };
            if let Ok(answer) = answer {
                return Some(answer);
            }
        }
    }
}

impl<A> fmt::Debug for Answers<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (order, left) = match self {
            Self::Mapped(answers) => ("mapped", answers.len()),
            Self::AsCompleted(answers) => ("as completed", answers.len()),
        };
        write!(f, "<Answers at {self:p} {order} left={left}>")
    }
}

fn lock<T>(queue: &Mutex<T>) -> MutexGuard<'_, T> {
    queue.lock().expect("no holder of this lock panics")
}
