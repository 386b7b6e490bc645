//! Where futures report that they are finished, to one thread that waits for many.

use std::sync::PoisonError;
use std::time::Instant;

use crate::sync::{Condvar, Mutex};

/// The tickets of finished futures, in the order in which they finished.
#[derive(Default)]
pub(crate) struct Inbox {
    letters: Mutex<Letters>,
    /// Signalled by a delivery to a reader that sleeps.
    arrived: Condvar,
}

#[derive(Default)]
struct Letters {
    tickets: Vec<usize>,
    /// A wake-up is a system call, so it is made only if the reader sleeps.
    asleep: bool,
}

impl Inbox {
    /// Reports that the future with this ticket is finished.
    pub fn deliver(&self, ticket: usize) {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        letters.tickets.push(ticket);
        if std::mem::take(&mut letters.asleep) {
            drop(letters);
            self.arrived.notify_one();
        }
    }

    /// Moves all tickets into the empty `batch`. Waits for the first of them, up to the deadline; an empty batch
    /// afterwards means that the time is over.
    pub fn collect(&self, batch: &mut Vec<usize>, deadline: Option<Instant>) {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        while letters.tickets.is_empty() {
            letters.asleep = true;
            letters = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.arrived.wait(letters).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => {
                    letters.asleep = false;
                    return;
                }
                Some(left) => self.arrived.wait_timeout(letters, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        std::mem::swap(&mut letters.tickets, batch);
    }
}
