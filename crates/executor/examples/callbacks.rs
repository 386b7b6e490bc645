//! Prints each result in the worker that finished it, as soon as it is there.

use executor::{Executor, Future, ThreadPool};

fn report(n: u32, future: &Future<u32>) {
    future.peek(|result| match result {
        Ok(quotient) => println!("12 / {n} = {quotient}"),
        Err(_) => println!("12 / {n} failed"),
    });
}

fn main() -> std::io::Result<()> {
    let pool = ThreadPool::new(3)?;
    for n in 0..4 {
        pool.submit(move || 12 / n).add_done_callback(move |future| report(n, future));
    }
    Ok(())
}
