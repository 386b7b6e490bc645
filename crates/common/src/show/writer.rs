//! Writing that holds up no download.

use std::{
    sync::mpsc,
    thread::{self, JoinHandle},
};

/// A thread that writes texts in turn, so that a reader that is slow, or has stopped reading, blocks no download: what is not read yet
/// waits in memory.
pub struct Writer<T> {
    /// Ends the thread when it is dropped.
    texts: Option<mpsc::Sender<T>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Writer<T> {
    /// A writer by this function.
    pub fn start(write: fn(T)) -> Self {
        let (texts, written) = mpsc::channel::<T>();
        let thread = thread::Builder::new().name("writer".into());
        let thread = thread.spawn(move || written.iter().for_each(write));
        // Without a thread nothing is written, and a run that shows less is better than none.
        Self { texts: Some(texts), thread: thread.ok() }
    }

    /// Writes `text` after those before it, and returns at once.
    pub fn write(&self, text: T) {
        if let Some(texts) = &self.texts {
            // The thread is gone only if it panicked, which was reported then.
            _ = texts.send(text);
        }
    }
}

impl<T> Drop for Writer<T> {
    /// Waits until everything is written.
    fn drop(&mut self) {
        self.texts.take();
        _ = self.thread.take().map(JoinHandle::join);
    }
}
