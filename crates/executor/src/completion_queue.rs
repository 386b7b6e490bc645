//! Where futures report that they are finished, to one thread that waits for many.

use std::sync::PoisonError;
use std::time::Instant;

use crate::sync::{Condvar, Mutex};

/// The tickets of finished futures, in the order in which they finished.
#[derive(Default)]
pub(crate) struct CompletionQueue {
    state: Mutex<State>,
    /// Signalled by a delivery to a reader that sleeps.
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    tickets: Vec<usize>,
    /// A wake-up is a system call, so it is made only if the reader sleeps.
    asleep: bool,
}

impl CompletionQueue {
    /// Reports that the future with this ticket is finished.
    pub fn deliver(&self, ticket: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.tickets.push(ticket);
        if std::mem::take(&mut state.asleep) {
            drop(state);
            self.arrived.notify_one();
        }
    }

    /// Moves all tickets into the empty `batch`. Waits for the first of them, up to the deadline; an empty batch
    /// afterwards means that the time is over.
    pub fn collect(&self, batch: &mut Vec<usize>, deadline: Option<Instant>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.tickets.is_empty() {
            state.asleep = true;
            state = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => {
                    state.asleep = false;
                    return;
                }
                Some(left) => self.arrived.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        std::mem::swap(&mut state.tickets, batch);
    }
}
