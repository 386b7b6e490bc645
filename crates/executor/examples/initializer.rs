//! Each thread makes its connection once, before its first task.

use std::{cell::OnceCell, error::Error};

use executor::ThreadPool;

thread_local!(static CONNECTION: OnceCell<&'static str> = const { OnceCell::new() });

fn main() -> Result<(), Box<dyn Error>> {
    let connect = || CONNECTION.with(|its| its.set("a connection of its thread")).map_err(Into::into);
    let fetch = |page| CONNECTION.with(|its| format!("page {page} over {}", its.get().unwrap_or(&"nothing")));
    let pool = ThreadPool::builder().workers(2).initializer(connect).build()?;
    for answer in pool.map(fetch, 0..3) {
        println!("{}", answer?);
    }
    Ok(())
}
