//! Futures of an executor.

use std::cell::Cell;
use std::future::Future as _;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use executor::{Error, Executor, Future, Shutdown, TimedOut, Until, as_completed, as_completed_within, wait};

use crate::common::{Answer, Gate, Probe, Subject, pool};
use crate::echo;

/// Not long enough for a task that is held, and long enough to notice if it were released.
const A_MOMENT: Duration = Duration::from_millis(20);

pub fn a_result_is_the_value_of_the_task<S: Subject>() {
    let pool = pool::<S>(2);
    assert_eq!(pool.submit(echo(-7)).result(), Ok(Ok(-7)));
    let text = vec![b'x'; 100_000];
    assert_eq!(pool.submit(Probe::Len(text)).result(), Ok(Ok(100_000)));
}

pub fn a_tasks_own_error_is_its_value<S: Subject>() {
    let future = pool::<S>(1).submit(Probe::Fail("no such flag".to_owned()));
    assert_eq!(future.exception(), None);
    assert_eq!(future.result(), Ok(Err("no such flag".to_owned())));
}

pub fn a_panic_reaches_the_caller_and_the_worker_lives_on<S: Subject>() {
    let pool = pool::<S>(1);
    let before = pool.submit(Probe::Worker).result();
    let future = pool.submit(Probe::Panic("the sky fell".to_owned()));
    let error = future.exception().expect("the panic is the future's error");
    assert!(matches!(&error, Error::Panicked { message, .. } if message == "the sky fell"), "{error:?}");
    assert!(format!("{future:?}").ends_with("state=finished raised Panic>"), "{future:?}");
    assert_eq!(future.result(), Err(error));
    assert_eq!(pool.submit(Probe::Worker).result(), before);
}

pub fn a_result_that_is_late_can_be_asked_for_again<S: Subject>() {
    let (pool, gate) = (pool::<S>(1), Gate::new());
    let future = pool.submit(gate.hold(1));
    let TimedOut(future) = future.result_timeout(A_MOMENT).expect_err("the gate is shut");
    let TimedOut(future) = future.result_timeout(Duration::ZERO).expect_err("the gate is shut");
    gate.open();
    assert_eq!(future.result(), Ok(Ok(1)));
    let finished = pool.submit(echo(2));
    finished.exception();
    assert_eq!(finished.result_timeout(Duration::ZERO).expect("a finished future is never late"), Ok(Ok(2)));
}

pub fn a_pending_task_can_be_cancelled_and_a_running_one_cannot<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(1), Gate::new());
    let running = pool.submit(gate.hold(1));
    assert_eq!(gate.arrival(), 1);
    let pending = pool.submit(gate.hold(2));
    assert_eq!((running.done(), running.running(), running.cancelled()), (false, true, false));
    assert_eq!((pending.done(), pending.running(), pending.cancelled()), (false, false, false));
    assert!(!running.cancel());
    assert!(pending.cancel());
    assert!(pending.cancel(), "cancelling twice says the same");
    assert_eq!((pending.done(), pending.running(), pending.cancelled()), (true, false, true));
    gate.release(1);
    assert_eq!(running.exception(), None);
    assert!(!running.cancel(), "it is finished");
    assert_eq!((running.done(), running.running(), running.cancelled()), (true, false, false));
    assert_eq!(running.result(), Ok(Ok(1)));
    assert_eq!(pending.result(), Err(Error::Cancelled));
    pool.shutdown(true, false);
    assert_eq!(gate.unseen(), None, "a cancelled task does not run");
}

pub fn a_future_prints_its_state<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(1), Gate::new());
    let running = pool.submit(gate.hold(1));
    gate.arrival();
    let pending = pool.submit(echo(2));
    let cancelled = pool.submit(echo(3));
    cancelled.cancel();
    let state = |future: &Future<Answer>| {
        let text = format!("{future:?}");
        let (address, state) = text.split_once(" state=").expect("the state is named");
        assert!(address.starts_with("<Future at 0x"), "{text}");
        state.trim_end_matches('>').to_owned() + ">"
    };
    assert_eq!(state(&running), "running>");
    assert_eq!(state(&pending), "pending>");
    assert_eq!(state(&cancelled), "cancelled>");
    gate.open();
    pending.exception();
    assert_eq!(state(&pending), "finished returned Result<i64, String>");
}

pub fn a_callback_sees_the_value_the_panic_and_the_cancellation<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(1), Gate::new());
    let (seen, report) = channel();
    let value = pool.submit(gate.hold(1));
    gate.arrival();
    let panic = pool.submit(Probe::Panic("boom".to_owned()));
    let cancelled = pool.submit(echo(2));
    for future in [&value, &panic, &cancelled] {
        let seen = seen.clone();
        future.add_done_callback(move |future| {
            let result = future.peek(|result| result.cloned().map_err(Clone::clone));
            seen.send((future.done(), result)).expect("the test is listening");
        });
    }
    cancelled.cancel();
    assert_eq!(report.recv(), Ok((true, Some(Err(Error::Cancelled)))));
    gate.open();
    assert_eq!(report.recv(), Ok((true, Some(Ok(Ok(1))))));
    let (done, result) = report.recv().expect("there is a third callback");
    assert!(done && matches!(&result, Some(Err(Error::Panicked { message, .. })) if message == "boom"), "{result:?}");
}

pub fn a_callback_that_panics_does_no_harm<S: Subject>() {
    let (pool, gate) = (pool::<S>(1), Gate::new());
    let (seen, report) = channel();
    let future = pool.submit(gate.hold(1));
    let other = seen.clone();
    future.add_done_callback(move |_| other.send(1).expect("the test is listening"));
    future.add_done_callback(|_| panic!("a callback's own fault"));
    future.add_done_callback(move |_| seen.send(2).expect("the test is listening"));
    gate.open();
    assert_eq!(future.result(), Ok(Ok(1)));
    assert_eq!(report.iter().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(pool.submit(echo(3)).result(), Ok(Ok(3)));
}

pub fn a_future_is_done_when_its_result_can_be_had<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(1), Gate::new());
    let future = pool.submit(gate.hold(1));
    gate.arrival();
    let (seen, report) = channel();
    let (go_on, wait) = channel::<()>();
    future.add_done_callback(move |future| {
        seen.send((future.done(), future.running())).expect("the test is listening");
        // Until the test has looked from outside.
        _ = wait.recv();
    });
    gate.open();
    assert_eq!(report.recv(), Ok((true, false)), "a callback sees it done");
    assert_eq!((future.done(), future.running()), (false, true));
    assert!(future.peek(|_| ()).is_none());
    let Err(TimedOut(future)) = future.result_timeout(Duration::ZERO) else { panic!("its callback still runs") };
    drop(go_on);
    assert_eq!(future.exception(), None);
    assert!(future.done());
    assert_eq!(future.result_timeout(Duration::ZERO).expect("it is done"), Ok(Ok(1)));
}

pub fn a_waker_that_panics_does_no_harm<S: Subject>() {
    struct Rude;
    impl Wake for Rude {
        fn wake(self: Arc<Self>) {
            panic!("a waker's own fault");
        }
    }
    let (pool, mut gate) = (pool::<S>(1), Gate::new());
    let mut future = pool.submit(gate.hold(1));
    gate.arrival();
    let waker = Waker::from(Arc::new(Rude));
    assert!(Pin::new(&mut future).poll(&mut Context::from_waker(&waker)).is_pending());
    gate.open();
    assert_eq!(future.result(), Ok(Ok(1)));
    assert_eq!(pool.submit(echo(2)).result(), Ok(Ok(2)));
}

pub fn a_future_can_be_awaited<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(2), Gate::new());
    let held = pool.submit(gate.hold(1));
    let panicked = pool.submit(Probe::Panic("boom".to_owned()));
    gate.arrival();
    let both = async {
        let panicked = panicked.await;
        gate.open();
        (panicked, held.await)
    };
    let (panicked, held) = block_on(both);
    assert!(matches!(panicked, Err(Error::Panicked { message, .. }) if message == "boom"));
    assert_eq!(held, Ok(Ok(1)));
}

pub fn dropping_a_future_does_not_cancel_its_task<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(1), Gate::new());
    drop(pool.submit(gate.hold(1)));
    drop(pool.submit(gate.hold(2)));
    assert_eq!(gate.arrival(), 1);
    gate.release(1);
    assert_eq!(gate.arrival(), 2);
    gate.open();
}

pub fn futures_come_in_order_of_completion<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(3), Gate::new());
    let first = pool.submit(echo(0));
    first.exception();
    let held: Vec<_> = (1..4).map(|number| pool.submit(gate.hold(number))).collect();
    gate.arrivals(3);
    let mut futures = as_completed(held.into_iter().chain([first]));
    let mut next = || futures.next().map(|future| future.result());
    assert_eq!(next(), Some(Ok(Ok(0))), "what is done comes first");
    for number in [2, 3, 1] {
        gate.release(number);
        assert_eq!(next(), Some(Ok(Ok(number))));
    }
    assert_eq!(next(), None);
}

pub fn a_window_bounds_how_many_tasks_are_submitted<S: Subject>() {
    let (pool, gate) = (pool::<S>(2), Gate::new());
    let submitted = Cell::new(0);
    let tasks: Vec<_> = (0..100).map(|number| gate.hold(number)).collect();
    let futures = tasks.into_iter().map(|task| {
        submitted.set(submitted.get() + 1);
        pool.submit(task)
    });
    let completed = as_completed_within(NonZeroUsize::new(4).expect("four is not zero"), futures);
    assert_eq!(submitted.get(), 4, "nothing is done, and four are enough");
    gate.open();
    let mut numbers = Vec::new();
    for future in completed {
        assert!(submitted.get() <= numbers.len() + 4);
        numbers.push(future.result().expect("no task fails").expect("no task fails"));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..100).collect::<Vec<_>>());
}

pub fn futures_that_come_too_late_are_counted<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(2), Gate::new());
    let done = [1, 2].map(|number| pool.submit(echo(number)));
    done.iter().for_each(|future| assert_eq!(future.exception(), None));
    let held = [3, 4].map(|number| pool.submit(gate.hold(number)));
    gate.arrivals(2);
    let mut completed = as_completed(done.into_iter().chain(held)).timeout(A_MOMENT);
    for number in [1, 2] {
        let future = completed.next().expect("two are done").expect("two are done");
        assert_eq!(future.result(), Ok(Ok(number)));
    }
    let late = completed.next().expect("two are missing").expect_err("two are missing");
    assert_eq!(late.to_string(), "2 (of 4) futures unfinished");
    assert!(completed.next().is_none());
    gate.open();
    let numbers: Vec<_> = late.futures.into_iter().map(|future| future.result()).collect();
    assert_eq!(numbers, [Ok(Ok(3)), Ok(Ok(4))], "they can still be asked");
}

pub fn wait_returns_at_the_first_completed<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(2), Gate::new());
    let held = [1, 2].map(|number| pool.submit(gate.hold(number)));
    gate.arrivals(2);
    gate.release(2);
    let waited = wait(held, Until::FirstCompleted, None);
    assert_eq!((waited.done.len(), waited.not_done.len()), (1, 1));
    let again = wait(waited.done, Until::FirstCompleted, None);
    assert_eq!(results(again.done), [Ok(Ok(2))], "one that is done already is the first");
    gate.open();
    assert_eq!(results(waited.not_done), [Ok(Ok(1))]);
}

pub fn wait_returns_at_the_first_error<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(2), Gate::new());
    let held = pool.submit(gate.hold(1));
    gate.arrival();
    let fine = pool.submit(echo(2));
    let cancelled = Future::finished(Err(Error::Cancelled));
    let panicked = pool.submit(Probe::Panic("boom".to_owned()));
    let waited = wait([held, fine, cancelled, panicked], Until::FirstError, None);
    assert_eq!(waited.done.len(), 3, "neither a value nor a cancellation is an error");
    let held = wait(waited.done.into_iter().chain(waited.not_done), Until::FirstError, None).not_done;
    gate.open();
    assert_eq!(results(held), [Ok(Ok(1))], "there already was an error");
}

pub fn wait_for_the_first_error_waits_for_all_if_there_is_none<S: Subject>() {
    let pool = pool::<S>(2);
    for until in [Until::FirstError, Until::All] {
        let waited = wait((0..10).map(|number| pool.submit(echo(number))), until, None);
        assert!(waited.not_done.is_empty());
        assert_eq!(results(waited.done), (0..10).map(|number| Ok(Ok(number))).collect::<Vec<_>>());
    }
}

pub fn wait_returns_what_is_done_at_its_timeout<S: Subject>() {
    let (pool, mut gate) = (pool::<S>(2), Gate::new());
    let held = pool.submit(gate.hold(1));
    gate.arrival();
    let done = pool.submit(echo(2));
    done.exception();
    let waited = wait([held, done], Until::All, Some(A_MOMENT));
    gate.open();
    assert_eq!(results(waited.done), [Ok(Ok(2))]);
    assert_eq!(results(waited.not_done), [Ok(Ok(1))]);
}

fn results(futures: Vec<Future<Answer>>) -> Vec<Result<Answer, Error>> {
    futures.into_iter().map(Future::result).collect()
}

/// Runs a std future to its end, on this thread.
fn block_on<T>(future: impl std::future::Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
