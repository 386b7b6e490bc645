//! One `as_completed` over the futures of two executors, some from threads and some from processes.
//!
//! ```text
//! cargo run --release -p executor --example several_executors
//! ```

use std::collections::HashMap;

use executor::{Executor, ProcessPool, ThreadPool, as_completed, remote_task};

remote_task!(/** Is this number prime? */ Check(u64) -> bool = is_prime);

/// Some of the chapter's numbers.
const NUMBERS: [u64; 6] = [2, 142702110479723, 299593572317531, 3333333333333301, 3333333333333333, 3333335652092209];

fn is_prime(number: u64) -> bool {
    number == 2
        || number > 2
            && number % 2 == 1
            && (3..=number.isqrt()).step_by(2).all(|divisor| !number.is_multiple_of(divisor))
}

fn main() {
    // The workers of the process pool are this program started again: they run their tasks here, and end.
    executor::enter!(Check);
    let threads = ThreadPool::new(2).expect("two is a number of threads");
    let processes = ProcessPool::new(2).expect("two is a number of processes");

    // The idiom of the chapter: a map from each future to what it was for.
    let mut to_do = HashMap::new();
    let mut futures = Vec::new();
    for (index, number) in NUMBERS.into_iter().enumerate() {
        let (place, future) = if index % 2 == 0 {
            ("thread", threads.submit(Check(number)))
        } else {
            ("process", processes.submit(Check(number)))
        };
        to_do.insert(future.id(), (number, place));
        futures.push(future);
    }
    for future in as_completed(futures) {
        let (number, place) = to_do[&future.id()];
        match future.result() {
            Ok(prime) => println!("{number:16}  {}  in a {place}", if prime { "P" } else { " " }),
            Err(error) => println!("{number:16}  error: {error}"),
        }
    }
}
