//! What every executor does, done by a queue.

use std::{
    fs,
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use executor::{Error, Executor, MapOptions, ProcessPool, ThreadPool, Until, as_completed, wait};
use libtest_mimic::Trial;

use crate::{
    support::{NatsServer, wait_until},
    tasks::{Boom, Large, Nap, Note, Slot, Slowly, Square},
};

pub fn trials() -> Vec<Trial> {
    crate::trials![
        results_come_in_order_and_in_chunks,
        its_futures_complete_together_with_those_of_threads_and_processes,
        a_panic_is_the_futures_error_and_has_its_place,
        a_future_is_seen_running_and_cannot_be_cancelled_then,
        a_cancelled_task_is_taken_from_the_queue_and_never_run,
        shutdown_runs_what_was_submitted_and_takes_no_more,
        shutdown_with_cancel_ends_what_has_not_started,
        a_callback_may_shut_the_queue_down,
        a_worker_has_as_many_tasks_as_slots_and_no_more,
        a_result_that_the_server_does_not_carry_fails_its_own_future,
        a_map_times_out_and_cancels_the_rest,
        runs_that_share_a_queue_get_their_own_results,
    ]
}

fn results_come_in_order_and_in_chunks() {
    let server = NatsServer::start();
    let _worker = server.worker(4);
    let queue = server.queue().build().unwrap();
    let squares: Vec<u64> = (0..200).map(|number| number * number).collect();
    assert_eq!(queue.map(Square, 0..200).collect::<Result<Vec<_>, _>>().unwrap(), squares);
    let options = MapOptions::new().chunksize(NonZeroUsize::new(64).unwrap());
    assert_eq!(queue.map_with(options, Square, 0..200).collect::<Result<Vec<_>, _>>().unwrap(), squares);
    let options = MapOptions::new().buffersize(NonZeroUsize::MIN);
    assert_eq!(queue.map_with(options, Square, 0..).take(20).collect::<Result<Vec<_>, _>>().unwrap(), squares[..20]);
    assert_eq!(queue.map(Square, []).count(), 0);
}

fn its_futures_complete_together_with_those_of_threads_and_processes() {
    let server = NatsServer::start();
    let _worker = server.worker(2);
    let queue = server.queue().build().unwrap();
    let (threads, processes) = (ThreadPool::new(2).unwrap(), ProcessPool::new(1).unwrap());
    let futures = || [queue.submit(Square(3)), threads.submit(|| 16), processes.submit(Square(5))];
    let mut results: Vec<u64> = as_completed(futures()).map(|future| future.result().unwrap()).collect();
    results.sort();
    assert_eq!(results, [9, 16, 25]);
    assert_eq!(wait(futures(), Until::All, None).done.len(), 3);
}

fn a_panic_is_the_futures_error_and_has_its_place() {
    let server = NatsServer::start();
    let _worker = server.worker(1);
    let queue = server.queue().build().unwrap();
    let error = queue.submit(Boom()).result().unwrap_err();
    assert!(
        matches!(&error, Error::Panicked { message, location: Some(place) } if message == "out of luck" && place.contains("tasks.rs"))
    );
    assert_eq!(queue.submit(Square(2)).result(), Ok(4), "the worker lives on");
}

fn a_future_is_seen_running_and_cannot_be_cancelled_then() {
    let server = NatsServer::start();
    let _worker = server.worker(1);
    let queue = server.queue().build().unwrap();
    let future = queue.submit(Nap(300));
    wait_until("it runs", || future.running());
    assert!(!future.cancel());
    assert_eq!(future.result(), Ok(300));
}

fn a_cancelled_task_is_taken_from_the_queue_and_never_run() {
    let server = NatsServer::start();
    let queue = server.queue().build().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    // All are on the server, and nobody is there to run them.
    let futures: Vec<_> = (0..40).map(|number| queue.submit(Note(path.to_owned(), number, 0))).collect();
    for future in futures.iter().step_by(2) {
        assert!(future.cancel() && future.cancelled());
    }
    let _worker = server.worker(2);
    for (number, future) in futures.into_iter().enumerate() {
        let expected = if number % 2 == 0 { Err(Error::Cancelled) } else { Ok(number as u64) };
        assert_eq!(future.result(), expected);
    }
    let run = fs::read_to_string(path).unwrap();
    let mut run: Vec<u64> = run.lines().map(|line| line.parse().unwrap()).collect();
    run.sort();
    assert_eq!(run, (0..40).filter(|number| number % 2 == 1).collect::<Vec<_>>());
}

fn shutdown_runs_what_was_submitted_and_takes_no_more() {
    let server = NatsServer::start();
    let _worker = server.worker(4);
    let queue = server.queue().build().unwrap();
    let futures: Vec<_> = (0..50).map(|_| queue.submit(Nap(5))).collect();
    queue.shutdown(true, false);
    assert!(futures.iter().all(|future| future.done()));
    assert_eq!(queue.submit(Square(1)).result(), Err(Error::Shutdown));
    queue.shutdown(true, true);
}

fn shutdown_with_cancel_ends_what_has_not_started() {
    let server = NatsServer::start();
    let _worker = server.worker(2);
    let queue = server.queue().build().unwrap();
    let futures: Vec<_> = (0..50).map(|_| queue.submit(Nap(200))).collect();
    wait_until("two run", || futures.iter().filter(|future| future.running()).count() == 2);
    queue.shutdown(true, true);
    let results: Vec<_> = futures.into_iter().map(|future| future.result()).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 2);
    assert_eq!(results.iter().filter(|result| **result == Err(Error::Cancelled)).count(), 48);
}

fn a_callback_may_shut_the_queue_down() {
    let server = NatsServer::start();
    let _worker = server.worker(1);
    let queue = std::sync::Arc::new(server.queue().build().unwrap());
    let future = queue.submit(Nap(50));
    let called = queue.clone();
    future.add_done_callback(move |_| called.shutdown(true, false));
    assert_eq!(future.result(), Ok(50));
    queue.shutdown(true, false);
}

fn a_worker_has_as_many_tasks_as_slots_and_no_more() {
    let server = NatsServer::start();
    let _worker = server.worker(3);
    let queue = server.queue().build().unwrap();
    let futures: Vec<_> = (0..12).map(|number| queue.submit(Slowly(number, 100))).collect();
    let mut most = 0;
    wait_until("all are done", || {
        most = most.max(futures.iter().filter(|future| future.running()).count());
        futures.iter().all(|future| future.done())
    });
    assert_eq!(most, 3);
    let mut slots: Vec<_> = (0..9).map(|_| queue.submit(Slot())).map(|slot| slot.result().unwrap()).collect();
    slots.sort();
    slots.dedup();
    assert!(slots.iter().all(|slot| slot.is_some_and(|slot| slot < 3)), "{slots:?}");
}

fn a_result_that_the_server_does_not_carry_fails_its_own_future() {
    let server = NatsServer::start();
    let _worker = server.worker(1);
    let queue = server.queue().build().unwrap();
    // A server carries 1 MiB, unless it is told otherwise.
    let large = queue.submit(Large(2 << 20));
    let error = large.result().unwrap_err();
    assert!(matches!(&error, Error::Failed { doing, .. } if doing == "send the result"), "{error:?}");
    assert_eq!(queue.submit(Large(500 << 10)).result().map(|bytes| bytes.len()), Ok(500 << 10));
}

fn a_map_times_out_and_cancels_the_rest() {
    let server = NatsServer::start();
    let _worker = server.worker(1);
    let queue = server.queue().build().unwrap();
    let after = Duration::from_millis(300);
    let started = Instant::now();
    let mut naps = queue.map_with(MapOptions::new().timeout(after), Nap, [1, 60_000, 1]);
    assert_eq!(naps.next(), Some(Ok(1)));
    assert_eq!(naps.next(), Some(Err(Error::MapTimedOut { after })));
    assert_eq!(naps.next(), None);
    assert!(started.elapsed() < Duration::from_secs(20));
    drop(naps);
    queue.cut_off();
}

fn runs_that_share_a_queue_get_their_own_results() {
    let server = NatsServer::start();
    let _worker = server.worker(4);
    let queues: Vec<_> = (0..3).map(|_| server.queue().build().unwrap()).collect();
    let maps: Vec<_> = queues.iter().zip(0..).map(|(queue, first)| queue.map(Square, first..first + 50)).collect();
    for (first, map) in (0..).zip(maps) {
        let expected: Vec<u64> = (first..first + 50).map(|number| number * number).collect();
        assert_eq!(map.collect::<Result<Vec<_>, _>>().unwrap(), expected);
    }
}
