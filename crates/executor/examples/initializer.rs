//! Each thread makes its connection once, before its first task.

use std::{cell::RefCell, error::Error};

use executor::ThreadPool;

thread_local!(static CONNECTION: RefCell<String> = RefCell::default());

fn main() -> Result<(), Box<dyn Error>> {
    let connect = || Ok(CONNECTION.set("a connection of its thread".to_owned()));
    let fetch = |page| CONNECTION.with_borrow(|connection| format!("page {page} over {connection}"));
    let pool = ThreadPool::builder().workers(2).initializer(connect).build()?;
    for answer in pool.map(fetch, 0..3) {
        println!("{}", answer?);
    }
    Ok(())
}
