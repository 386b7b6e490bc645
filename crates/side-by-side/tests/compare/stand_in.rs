//! A program of the kind that a user writes: each word of its command line is a task.

use std::{env, process, process::ExitCode, thread, time::Duration};

use serde::{Deserialize, Serialize};
use side_by_side::{AsyncWork, Work, arguments, compare, compare_with_async};

#[derive(Clone, Serialize, Deserialize)]
struct Word(String);

impl Work for Word {
    type Output = f64;

    fn run(self) -> f64 {
        // The strategy's name, where it runs in the process that was asked for it; none in a worker of the process pool.
        let strategy = env::args().nth(2);
        match self.0.as_str() {
            "wait" => thread::sleep(Duration::from_millis(40)),
            "long" => thread::sleep(Duration::from_secs(600)),
            "print" => println!("what is printed is no part of the report"),
            "panic" => panic!("out of luck"),
            "nan" => return f64::NAN,
            "fickle" => return f64::from(process::id()),
            "lie-in-threads" if strategy.as_deref() == Some("thread-pool") => return 43.0,
            "abort-in-worker" if strategy.is_none() => process::abort(),
            _ => {}
        }
        42.0
    }
}

impl AsyncWork for Word {
    async fn run(self) -> f64 {
        Work::run(self)
    }
}

/// The `main` of such a program, of the kind that `STAND_IN` says.
pub fn main(kind: &str) -> ExitCode {
    let list = || arguments().into_iter().map(Word);
    match kind {
        "async" => compare_with_async(list),
        "deaf" => compare(|| [Word("1".into())]),
        _ => compare(list),
    }
}
