//! Loads the URLs that it is given, and says of each page how long it is, as they come.
//!
//! ```text
//! cargo run -p executor --example urls -- http://example.com http://example.org
//! ```

use std::{env, error::Error};

use executor::{Executor, ThreadPool, as_completed};

fn load(url: &str) -> Result<usize, ureq::Error> {
    Ok(ureq::get(url).call()?.body_mut().read_to_vec()?.len())
}

fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPool::new(5)?;
    let pages = env::args().skip(1).map(|url| (url.clone(), pool.submit(move || load(&url))));
    for (url, page) in as_completed(pages) {
        match page.result()? {
            Ok(bytes) => println!("{url}: {bytes} bytes"),
            Err(error) => println!("{url}: failed: {error}"),
        }
    }
    Ok(())
}
