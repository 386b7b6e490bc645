//! Asks several mirrors, takes the first answer, and cancels the rest.

use std::{error::Error, thread::sleep, time::Duration};

use executor::{Executor, ThreadPool, Until, wait};

const MIRRORS: [(&str, u64); 4] = [("near", 50), ("far", 500), ("farther", 500), ("farthest", 500)];

fn ask(mirror: &str, millis: u64) -> &str {
    sleep(Duration::from_millis(millis));
    mirror
}

fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPool::new(2)?;
    let answers = MIRRORS.map(|(mirror, millis)| pool.submit(move || ask(mirror, millis)));
    let mut waited = wait(answers, Until::FirstCompleted, None);
    println!("{} answered first", waited.done.remove(0).result()?);
    waited.not_done.iter().for_each(|answer| _ = answer.cancel());
    println!("the other {} are not needed", waited.not_done.len());
    Ok(())
}
