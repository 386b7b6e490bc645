//! `map`.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use executor::{Error, Executor, MapOptions, Shutdown};

use crate::common::{Answer, Gate, Probe, Subject, pool};
use crate::echo;

pub fn map_equals_the_plain_map<S: Subject>() {
    let pool = pool::<S>(3);
    let plain: Vec<_> = (0..50).map(|number| Ok(Ok(number))).collect();
    assert_eq!(pool.map_tasks((0..50).map(echo)).collect::<Vec<_>>(), plain);
    for chunksize in [1, 2, 3, 49, 50, 51, 1000] {
        let chunks = MapOptions::new().chunksize(size(chunksize));
        assert_eq!(pool.map_tasks_with(chunks, (0..50).map(echo)).collect::<Vec<_>>(), plain, "chunks of {chunksize}");
    }
}

pub fn map_of_nothing_is_nothing<S: Subject>() {
    let pool = pool::<S>(1);
    assert_eq!(pool.map_tasks([]).next(), None);
    assert_eq!(pool.map_tasks_with(MapOptions::new().chunksize(size(3)), []).next(), None);
}

pub fn map_submits_before_it_is_iterated<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(2), Gate::new());
    let results = pool.map_tasks((0..2).map(|number| gate.hold(number)).collect::<Vec<_>>());
    assert_eq!(gate.arrivals(2), [0, 1]);
    gate.open();
    assert_eq!(results.collect::<Vec<_>>(), [Ok(Ok(0)), Ok(Ok(1))]);
}

pub fn map_delivers_what_comes_before_and_after_a_panic<S: Subject>() {
    let pool = pool::<S>(2);
    for chunksize in [1, 2, 5, 10] {
        let tasks = [Probe::Echo(0), Probe::Panic("boom".to_owned()), Probe::Echo(2), Probe::Echo(3), Probe::Echo(4)];
        let chunks = MapOptions::new().chunksize(size(chunksize));
        let results: Vec<_> = pool.map_tasks_with(chunks, tasks).collect();
        assert!(matches!(&results[1], Err(Error::Panicked { message, .. }) if message == "boom"), "{results:?}");
        let others: Vec<_> = results.into_iter().filter(Result::is_ok).collect();
        assert_eq!(others, [0, 2, 3, 4].map(|number| Ok(Ok(number))), "in chunks of {chunksize}");
    }
}

pub fn the_error_of_a_task_that_gave_up_is_not_the_maps_timeout<S: Subject>() {
    let pool = pool::<S>(1);
    let tasks = [Probe::Fail("timed out".to_owned()), Probe::Echo(1)];
    let patient = MapOptions::new().timeout(Duration::from_secs(3600));
    let results: Vec<_> = pool.map_tasks_with(patient, tasks).collect();
    assert_eq!(results, [Ok(Err("timed out".to_owned())), Ok(Ok(1))]);
}

pub fn the_maps_timeout_cancels_the_rest_and_ends_the_iterator<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(1), Gate::new());
    let after = Duration::from_millis(50);
    let tasks = [0, 1, 2].map(|number| gate.hold(number));
    let mut results = pool.map_tasks_with(MapOptions::new().timeout(after), tasks);
    assert_eq!(gate.arrival(), 0);
    assert_eq!(results.next(), Some(Err(Error::MapTimedOut { after })));
    assert_eq!(results.next(), None);
    gate.release(0);
    pool.shutdown(true, false);
    assert_eq!(gate.unseen(), None, "the rest has not run");
}

pub fn dropping_a_map_cancels_what_has_not_started<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(1), Gate::new());
    let results = pool.map_tasks([0, 1, 2].map(|number| gate.hold(number)));
    assert_eq!(gate.arrival(), 0);
    drop(results);
    gate.release(0);
    pool.shutdown(true, false);
    assert_eq!(gate.unseen(), None, "the rest has not run");
}

pub fn a_buffer_of_any_size_gives_the_same_results<S: Subject>() {
    let pool = pool::<S>(2);
    let plain: Vec<_> = (0..20).map(|number| Ok(Ok(number))).collect();
    for buffersize in [1, 2, 20, 40] {
        for chunksize in [1, 3] {
            let options = MapOptions::new().buffersize(size(buffersize)).chunksize(size(chunksize));
            let results: Vec<_> = pool.map_tasks_with(options, (0..20).map(echo)).collect();
            assert_eq!(results, plain, "a buffer of {buffersize} chunks of {chunksize}");
        }
    }
}

pub fn a_buffer_takes_only_so_many_tasks_ahead<S: Subject>() {
    let pool = pool::<S>(2);
    let taken = Cell::new(0);
    let endless = (0..).inspect(|_| taken.set(taken.get() + 1)).map(echo);
    let mut results = pool.map_tasks_with(MapOptions::new().buffersize(size(4)), endless);
    assert_eq!(taken.get(), 4);
    for number in 0..10 {
        assert_eq!(results.next(), Some(Ok(Answer::Ok(number))));
        assert_eq!(taken.get(), number + 5, "one result was asked for, so one task more was taken");
    }
}

pub fn an_input_that_panics_leaves_the_pool_usable<S: Subject>() {
    let pool = pool::<S>(2);
    let input = (0..10).map(|number| if number < 5 { echo(number) } else { panic!("bad input") });
    let panic = catch_unwind(AssertUnwindSafe(|| pool.map_tasks(input).count())).expect_err("the input panics");
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"bad input"));
    assert_eq!(pool.submit(echo(1)).result(), Ok(Ok(1)));
}

fn size(size: usize) -> NonZeroUsize {
    NonZeroUsize::new(size).expect("no size in these tests is zero")
}
