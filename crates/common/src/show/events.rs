//! The events of a run, written to a file as they happen: `--events`, whose schema is `schemas/events.schema.json`.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::{Builder, JoinHandle},
};

use serde::Serialize;

use crate::run::{
    Start, Starts,
    record::{Record, Row},
};

/// A line of the file.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    Run { strategy: &'a str, workload: &'a str, tasks: usize, workers: usize },
    Start { task: String, copy: u32, worker: usize, at_us: u64 },
    Sample(&'a Row),
    End { counts: &'a BTreeMap<&'static str, u64>, elapsed_us: u64, interrupted: bool },
}

/// Where they go. A thread of its own writes them, so that a slow reader holds up no task.
#[derive(Clone)]
pub(crate) struct Events(Arc<Mutex<State>>);

struct State {
    /// `None` once the run has ended.
    lines: Option<mpsc::Sender<String>>,
    writer: Option<JoinHandle<io::Result<()>>>,
    /// How many starts of each task and copy were told and have no sample yet.
    under_way: HashMap<(String, u32), usize>,
}

impl Events {
    /// Events that go to this file.
    ///
    /// # Errors
    /// The thread that writes them cannot be started.
    pub fn to(mut file: File) -> io::Result<Self> {
        let (lines, written) = mpsc::channel::<String>();
        let write = move || written.iter().try_for_each(|line| file.write_all(line.as_bytes()));
        let writer = Some(Builder::new().name("events".into()).spawn(write)?);
        Ok(Self(Arc::new(Mutex::new(State { lines: Some(lines), writer, under_way: HashMap::new() }))))
    }

    /// A run begins.
    pub fn run(&self, strategy: &str, workload: &str, tasks: usize, workers: usize) {
        self.lock().write(&Event::Run { strategy, workload, tasks, workers });
    }

    /// What is to be told of each start.
    pub fn starts(&self) -> Starts {
        let events = self.clone();
        Starts::heard_by(move |start| events.lock().start(&start))
    }

    /// A task has ended. If its start is not known, because it was in another process, it is told first.
    pub fn sample(&self, row: &Row) {
        let mut state = self.lock();
        let key = (row.task.clone(), row.copy);
        if !state.under_way.contains_key(&key) {
            let Row { task, copy, worker, start_us, .. } = row;
            state.start(&Start { task, copy: *copy, worker: *worker, at: *start_us });
        }
        if let Some(starts) = state.under_way.get_mut(&key) {
            *starts -= 1;
            if *starts == 0 {
                state.under_way.remove(&key);
            }
        }
        state.write(&Event::Sample(row));
    }

    /// The run has ended: waits until everything is written.
    ///
    /// # Errors
    /// Something could not be written. Nothing was after it.
    pub fn end(&self, record: &Record) -> io::Result<()> {
        let Record { counts, elapsed_us, interrupted, .. } = record;
        let mut state = self.lock();
        state.write(&Event::End { counts, elapsed_us: *elapsed_us, interrupted: *interrupted });
        state.lines = None;
        let writer = state.writer.take();
        drop(state);
        writer.map_or(Ok(()), |writer| writer.join().expect("the writer does not panic"))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn start(&mut self, start: &Start<'_>) {
        let task = start.task.to_string();
        *self.under_way.entry((task.clone(), start.copy)).or_default() += 1;
        self.write(&Event::Start { task, copy: start.copy, worker: start.worker, at_us: start.at });
    }

    fn write(&self, event: &Event<'_>) {
        if let Some(lines) = &self.lines {
            let line = serde_json::to_string(event).expect("text, numbers and lists are JSON");
            // The writer has ended if it could not write: the end of the run says why.
            _ = lines.send(line + "\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::*;
    use crate::run::{Ending, Finished, Tally, TaskSample, Usage};

    fn row(task: &str) -> Row {
        Row::new(task.into(), Ending::Ok("ok"), 1, 5, 9)
    }

    fn record() -> Record {
        let tally = Tally { ok: 2, attempts: 2, ..Tally::new(2) };
        let finished: Finished<TaskSample<u64, ()>> = Finished {
            tally,
            samples: Vec::new(),
            notes: Vec::new(),
            loop_pause: None,
            usage: Usage::default(),
            elapsed: std::time::Duration::from_micros(10),
            signal: None,
        };
        finished.record("thread-pool", "loiter", json!({}))
    }

    #[test]
    fn each_sample_has_one_start_before_it_whether_or_not_that_was_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        let events = Events::to(File::create(&path).unwrap()).unwrap();
        events.run("thread-pool", "loiter", 2, 1);
        events.starts().tell(Start { task: &"3", copy: 1, worker: 1, at: 5 });
        events.sample(&row("3"));
        events.sample(&row("3"));
        events.end(&record()).unwrap();
        let lines = fs::read_to_string(path).unwrap();
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let names: Vec<_> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
        assert_eq!(names, ["run", "start", "sample", "start", "sample", "end"]);
        assert_eq!(lines[3], json!({"event": "start", "task": "3", "copy": 1, "worker": 1, "at_us": 5}));
        assert_eq!(lines[5]["counts"]["ok"], 2);
    }

    #[test]
    fn what_cannot_be_written_is_known_at_the_end() {
        let events = Events::to(File::options().write(true).open("/dev/full").unwrap()).unwrap();
        events.run("thread-pool", "loiter", 2, 1);
        assert_eq!(events.end(&record()).unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
