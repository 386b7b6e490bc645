//! Futures without an executor: the test holds the promise.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use executor::{Error, Executor, Future, Id, Inline, Promise, TimedOut, as_completed, as_completed_within, pair};

type Text = &'static str;

fn pending() -> (Promise<Text>, Future<Text>) {
    pair()
}

fn running() -> (Promise<Text>, Future<Text>) {
    let (promise, future) = pair();
    assert!(promise.set_running());
    (promise, future)
}

fn boom() -> Error {
    Error::Panicked { message: "boom".to_owned(), location: None }
}

#[test]
fn done_running_and_cancelled_follow_the_state() {
    let table = |future: &Future<Text>| (future.done(), future.running(), future.cancelled());
    let (promise, future) = pending();
    assert_eq!(table(&future), (false, false, false));
    assert!(promise.set_running());
    assert!(!promise.set_running(), "it has started");
    assert_eq!(table(&future), (false, true, false));
    assert!(promise.finish(Ok("done")));
    assert_eq!(table(&future), (true, false, false));
    assert_eq!(table(&Future::finished(Err(boom()))), (true, false, false));
    let (_promise, future) = pending();
    assert!(future.cancel());
    assert_eq!(table(&future), (true, false, true));
}

#[test]
fn cancel_says_whether_the_future_is_cancelled() {
    let (promise, future) = pending();
    assert_eq!((future.cancel(), future.cancel()), (true, true));
    assert!(promise.cancelled() && !promise.set_running());
    let (_promise, future) = running();
    assert!(!future.cancel());
    assert!(!Future::finished(Ok("done")).cancel());
    assert!(!Future::<Text>::finished(Err(boom())).cancel());
}

#[test]
fn the_state_is_printed_as_in_the_chapter() {
    let state = |future: Future<Text>| {
        let text = format!("{future:?}");
        let (start, state) = text.split_once(" state=").expect("the state is named");
        assert!(start.starts_with("<Future at 0x"), "{text}");
        state.trim_end_matches('>').to_owned()
    };
    let (_pending, future) = pending();
    assert_eq!(state(future), "pending");
    let (_running, future) = running();
    assert_eq!(state(future), "running");
    assert_eq!(state(Future::finished(Err(Error::Cancelled))), "cancelled");
    assert_eq!(state(Future::finished(Ok("done"))), "finished returned &str");
    assert_eq!(state(Future::finished(Err(boom()))), "finished raised Panic");
    let lost = Error::WorkerLost { pid: 7, code: None, signal: Some(9), how: "killed by SIGKILL".to_owned() };
    assert_eq!(state(Future::finished(Err(lost))), "finished raised WorkerLost");
}

#[test]
fn every_error_has_its_own_name_in_debug() {
    let text = String::new;
    let errors = [
        (boom(), "Panic"),
        (Error::WorkerLost { pid: 7, code: Some(3), signal: None, how: text() }, "WorkerLost"),
        (Error::TimedOut { after: Duration::ZERO }, "TimedOut"),
        (Error::MapTimedOut { after: Duration::ZERO }, "MapTimedOut"),
        (Error::Shutdown, "Shutdown"),
        (Error::Broken { reason: text() }, "Broken"),
        (Error::Failed { doing: text(), reason: text() }, "Failed"),
        (Error::Abandoned, "Abandoned"),
    ];
    for (error, name) in errors {
        let future = Future::<Text>::finished(Err(error));
        assert!(format!("{future:?}").ends_with(&format!("state=finished raised {name}>")), "{future:?}");
    }
}

#[test]
fn a_result_with_no_time_is_late_until_it_is_there() {
    for (promise, future) in [pending(), running()] {
        let TimedOut(future) = future.result_timeout(Duration::ZERO).expect_err("nothing is finished");
        promise.finish(Ok("done"));
        assert_eq!(future.result_timeout(Duration::ZERO).expect("it is finished"), Ok("done"));
    }
    let cancelled = Future::<Text>::finished(Err(Error::Cancelled));
    assert_eq!(cancelled.result_timeout(Duration::ZERO).expect("it is finished"), Err(Error::Cancelled));
}

#[test]
fn a_timeout_is_waited_for() {
    let (_promise, future) = running();
    let start = Instant::now();
    assert!(future.result_timeout(Duration::from_millis(30)).is_err());
    assert!(start.elapsed() >= Duration::from_millis(30));
}

#[test]
fn a_timeout_without_end_is_no_timeout() {
    let (promise, future) = running();
    let asking = thread::spawn(move || future.result_timeout(Duration::MAX));
    promise.finish(Ok("done"));
    assert_eq!(asking.join().expect("no panic").expect("it is finished"), Ok("done"));
}

#[test]
fn a_result_from_another_thread_wakes_the_waiter() {
    let results: [Result<Text, Error>; 2] = [Ok("done"), Err(boom())];
    for result in results {
        let ((promise, future), answer) = (running(), result.clone());
        let asking = thread::spawn(move || future.result());
        promise.finish(answer);
        assert_eq!(asking.join().expect("no panic"), result);
    }
}

#[test]
fn an_exception_from_another_thread_wakes_the_waiter() {
    let ((promise, future), (value, other)) = (running(), running());
    let asking = thread::spawn(move || (future.exception(), other.exception()));
    promise.finish(Err(boom()));
    value.finish(Ok("done"));
    assert_eq!(asking.join().expect("no panic"), (Some(boom()), None));
}

#[test]
fn a_cancellation_wakes_the_waiter() {
    let (promise, future) = pending();
    let future = Arc::new(future);
    let asked = future.clone();
    let asking = thread::spawn(move || asked.exception());
    assert!(future.cancel());
    assert_eq!(asking.join().expect("no panic"), Some(Error::Cancelled));
    assert!(!promise.finish(Ok("too late")), "the first result stays");
    assert!(future.cancelled());
}

#[test]
fn a_promise_that_is_dropped_leaves_no_waiter_behind() {
    let (promise, future) = running();
    let asking = thread::spawn(move || future.result());
    drop(promise);
    assert_eq!(asking.join().expect("no panic"), Err(Error::Abandoned));
}

#[test]
fn callbacks_are_called_once_each_in_the_order_in_which_they_were_added() {
    let (promise, future) = running();
    let (called, calls) = channel();
    for number in 0..5 {
        let called = called.clone();
        future.add_done_callback(move |_| called.send((number, thread::current().id())).expect("the test listens"));
    }
    drop(called);
    let worker = thread::spawn(move || {
        promise.finish(Ok("done"));
        thread::current().id()
    });
    let worker = worker.join().expect("no panic");
    assert_eq!(calls.iter().collect::<Vec<_>>(), (0..5).map(|number| (number, worker)).collect::<Vec<_>>());
}

#[test]
fn a_callback_that_comes_late_is_called_at_once_and_its_panic_does_not_escape() {
    let future = Future::finished(Ok("done"));
    let (called, calls) = channel();
    future.add_done_callback(move |future| {
        let state = format!("{future:?}");
        called.send((thread::current().id(), state)).expect("the test listens");
    });
    let (thread, state) = calls.try_recv().expect("it was called");
    assert_eq!(thread, thread::current().id());
    assert!(state.ends_with("finished returned &str>"));
    future.add_done_callback(|_| panic!("a callback's own fault"));
    assert_eq!(future.result(), Ok("done"));
}

#[test]
fn a_callback_may_ask_how_the_future_is_while_it_looks_at_the_result() {
    let (promise, future) = running();
    let (seen, report) = channel();
    future.add_done_callback(move |future| {
        let look = |result: Result<&Text, &Error>| (result.is_ok(), future.done(), format!("{future:?}"), future.id());
        seen.send(future.peek(look)).expect("the test listens");
    });
    promise.finish(Ok("done"));
    let (ok, done, state, id) = report.recv().expect("it was called").expect("there is a result");
    assert!(ok && done && state.ends_with("returned &str>") && id == future.id());
}

#[test]
fn a_callback_of_a_cancelled_future_is_called_by_the_canceller() {
    let (_promise, future) = pending();
    let (called, calls) = channel();
    future.add_done_callback(move |future| {
        called.send((thread::current().id(), future.cancelled())).expect("the test listens");
    });
    future.cancel();
    assert_eq!(calls.try_recv(), Ok((thread::current().id(), true)));
    future.cancel();
    assert!(calls.try_recv().is_err(), "once");
}

#[test]
fn a_map_tells_what_each_future_was_for() {
    let (promises, futures): (Vec<_>, Vec<_>) = (0..4).map(|_| running()).unzip();
    let to_do: HashMap<Id, usize> = futures.iter().map(Future::id).zip(0..).collect();
    assert_eq!(to_do.len(), 4);
    for (promise, text) in promises.into_iter().rev().zip(["three", "two", "one", "zero"]) {
        promise.finish(Ok(text));
    }
    let texts = ["zero", "one", "two", "three"];
    for future in as_completed(futures) {
        assert_eq!(texts[to_do[&future.id()]], future.result().expect("it is finished"));
    }
}

#[test]
fn a_window_hands_out_first_what_was_finished_first() {
    let window = NonZeroUsize::new(4).expect("four is not zero");
    let futures = (0..20).map(|number| Inline.submit(move || number));
    let numbers: Vec<_> = as_completed_within(window, futures).map(|future| future.result()).collect();
    assert_eq!(numbers, (0..20).map(Ok).collect::<Vec<_>>(), "they were all finished when they were submitted");
}

#[test]
fn nothing_holds_a_future_or_its_value_after_it_was_handed_out() {
    let value = Arc::new("done");
    let (promises, futures): (Vec<_>, Vec<_>) = (0..3).map(|_| pair::<Arc<Text>>()).unzip();
    let mut completed = as_completed(futures);
    promises.into_iter().for_each(|promise| assert!(promise.finish(Ok(value.clone()))));
    for left in [2, 1, 0] {
        drop(completed.next().expect("there are three"));
        assert_eq!(Arc::strong_count(&value) - 1, left);
    }
    assert!(completed.next().is_none());
}

#[test]
fn a_key_beside_a_future_comes_out_with_it_and_how_many_are_left_is_known() {
    let (promises, futures): (Vec<_>, Vec<_>) = (0..3).map(|_| pair::<u32>()).unzip();
    let mut completed = as_completed(["a", "b", "c"].into_iter().zip(futures));
    assert_eq!(completed.len(), 3);
    let mut promises = promises.into_iter();
    promises.next_back().unwrap().finish(Ok(7));
    let (key, future) = completed.next().unwrap();
    assert_eq!((key, future.result(), completed.len()), ("c", Ok(7), 2));
    let rest: Vec<_> = completed.into_rest().into_iter().map(|(key, future)| (key, future.cancel())).collect();
    assert_eq!(rest, [("a", true), ("b", true)]);
}

#[test]
fn whatever_leads_to_an_executor_is_one() {
    fn twice(executor: impl Executor<fn() -> u32>) -> u32 {
        executor.submit(|| 21).result().unwrap() * 2
    }
    let boxed: Box<dyn Executor<fn() -> u32>> = Box::new(Inline);
    let threads = executor::ThreadPool::new(1).unwrap();
    assert_eq!([twice(&threads), twice(Arc::new(Inline)), twice(boxed)], [42; 3]);
    assert_eq!(threads.threads(), 1);
}
