//! Writing that nobody waits for.

use std::{
    sync::mpsc,
    thread::{self, JoinHandle},
};

/// A thread that writes texts in turn, so that whoever reads them slowly, or not at all, blocks no download: what is not read yet
/// waits in memory.
pub struct Writer {
    /// Ends the thread when it is dropped.
    texts: Option<mpsc::Sender<String>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// A writer by this function.
    pub fn start(write: fn(&str)) -> Self {
        let (texts, written) = mpsc::channel::<String>();
        let thread = thread::Builder::new().name("writer".into());
        let thread = thread.spawn(move || written.iter().for_each(|text| write(&text)));
        // Without a thread there is nobody to write, and a run that shows less is better than none.
        Self { texts: Some(texts), thread: thread.ok() }
    }

    /// Writes `text` after those before it, and returns at once.
    pub fn write(&self, text: String) {
        if let Some(texts) = &self.texts {
            // The thread is gone only if it panicked, which was reported then.
            _ = texts.send(text);
        }
    }

    /// Waits until everything is written.
    pub fn finish(&mut self) {
        self.texts.take();
        _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.finish();
    }
}
