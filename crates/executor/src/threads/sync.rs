//! What the pool is made of: the standard library and a channel or, to have every interleaving of a model tried
//! (`--cfg loom`), the same things made of loom's.

#[cfg(not(loom))]
pub(crate) use crossbeam_channel::{Receiver, Sender, unbounded};
#[cfg(not(loom))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, RwLock, RwLockWriteGuard, atomic::AtomicUsize};
#[cfg(not(loom))]
pub(crate) use std::thread::{Builder, JoinHandle};

#[cfg(loom)]
pub(crate) use channel::{Receiver, Sender, unbounded};
#[cfg(loom)]
pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard, RwLock, RwLockWriteGuard, atomic::AtomicUsize};
#[cfg(loom)]
pub(crate) use loom::thread::{Builder, JoinHandle};

/// Stands in for `crossbeam_channel`, which loom cannot look into. The simplest queue that keeps its promises.
#[cfg(loom)]
mod channel {
    use std::collections::VecDeque;
    use std::sync::Arc;

    use super::{Condvar, Mutex};

    pub struct Sender<T>(Arc<Channel<T>>);
    pub struct Receiver<T>(Arc<Channel<T>>);

    struct Channel<T> {
        /// The messages, and whether the sender is gone.
        state: Mutex<(VecDeque<T>, bool)>,
        changed: Condvar,
    }

    pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
        let channel = Arc::new(Channel { state: Mutex::new((VecDeque::new(), false)), changed: Condvar::new() });
        (Sender(channel.clone()), Receiver(channel))
    }

    impl<T> Sender<T> {
        pub fn send(&self, message: T) -> Result<(), T> {
            self.0.state.lock().unwrap().0.push_back(message);
            self.0.changed.notify_one();
            Ok(())
        }
    }

    impl<T> Drop for Sender<T> {
        fn drop(&mut self) {
            self.0.state.lock().unwrap().1 = true;
            self.0.changed.notify_all();
        }
    }

    impl<T> Receiver<T> {
        pub fn recv(&self) -> Result<T, ()> {
            let mut state = self.0.state.lock().unwrap();
            loop {
                match state.0.pop_front() {
                    Some(message) => return Ok(message),
                    None if state.1 => return Err(()),
                    None => state = self.0.changed.wait(state).unwrap(),
                }
            }
        }

        pub fn try_iter(&self) -> impl Iterator<Item = T> {
            std::iter::from_fn(|| self.0.state.lock().unwrap().0.pop_front())
        }

        pub fn is_empty(&self) -> bool {
            self.len() == 0
        }

        pub fn len(&self) -> usize {
            self.0.state.lock().unwrap().0.len()
        }
    }
}
