//! The pool as a whole, briefly.

use std::num::NonZeroUsize;

use executor::{Error, Executor, MapOptions, as_completed, as_completed_within};
use thread_pool::ThreadPool;

#[test]
fn tasks_run_and_results_come_in_every_order() {
    let pool = ThreadPool::new(3).unwrap();
    assert_eq!(pool.submit(|| 6 * 7).result(), Ok(42));
    let squares: Vec<_> = pool
        .map((0..10).map(|n| move || n * n))
        .map(Result::unwrap)
        .collect();
    assert_eq!(squares, [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
    let mut all: Vec<_> = as_completed((0..10).map(|n| pool.submit(move || n)))
        .map(|f| f.result().unwrap())
        .collect();
    all.sort_unstable();
    assert_eq!(all, (0..10).collect::<Vec<_>>());
    let window = NonZeroUsize::new(6).unwrap();
    let futures = (0..10_000_u64).map(|n| pool.submit(move || n));
    assert_eq!(
        as_completed_within(window, futures)
            .map(|f| f.result().unwrap())
            .sum::<u64>(),
        49_995_000
    );
    let chunks = MapOptions::new().chunksize(window).buffersize(window);
    let endless = pool.map_with(chunks, (0_u64..).map(|n| move || n));
    assert_eq!(endless.take(100).map(Result::unwrap).sum::<u64>(), 4950);
    let panicked: Result<(), _> = pool.submit(|| panic!("boom")).result();
    let boom = Error::Panicked {
        message: "boom".to_owned(),
        location: None,
    };
    assert_eq!(panicked, Err(boom));
    pool.shutdown(true, false);
    assert_eq!(pool.submit(|| 1).result(), Err(Error::Shutdown));
}
