//! What the thread pool leaves behind: nothing. The only test of this program, for it counts.

use executor::Executor;
use executor::behaviours::{Probe, Subject, in_time, leaks};
use executor::threads::ThreadPool;

struct Threads;

impl Subject for Threads {
    type Task = Probe;
    type Pool = ThreadPool;

    fn pool(workers: usize) -> Result<ThreadPool, String> {
        ThreadPool::new(workers).map_err(|error| error.to_string())
    }
}

#[test]
fn nothing_is_left_behind() {
    in_time(|| {
        leaks::nothing_is_left_behind::<Threads>();
        leaks::nothing_is_left_behind_by(use_a_pool_whose_initializer_fails);
    });
}

fn use_a_pool_whose_initializer_fails(_round: usize) {
    let pool = ThreadPool::builder().workers(3).initializer(|| Err("there is no licence".into())).build().unwrap();
    assert!(pool.map_tasks((0..10).map(|number| move || number)).all(|result| result.is_err()));
}
