//! Many futures, and random events that happen to them, against a model of what each must be.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use executor::{Error, Future, Id, Promise, Until, as_completed, pair, wait};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Event {
    Cancel,
    Prefetch,
    Requeue,
    Start,
    Return,
    Panic,
    Drop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Pending,
    Prefetched,
    Running,
    Cancelled,
    Returned,
    Panicked,
    Abandoned,
}

impl State {
    fn after(self, event: Event) -> Self {
        use State::{Abandoned, Cancelled, Panicked, Pending, Prefetched, Returned, Running};
        match (self, event) {
            (Cancelled | Returned | Panicked | Abandoned, _) => self,
            (Pending, Event::Cancel) => Cancelled,
            (Pending, Event::Prefetch) => Prefetched,
            (Prefetched | Running, Event::Requeue) => Pending,
            (Pending | Prefetched, Event::Start) => Running,
            (_, Event::Return) => Returned,
            (_, Event::Panic) => Panicked,
            (_, Event::Drop) => Abandoned,
            (_, Event::Cancel | Event::Prefetch | Event::Requeue | Event::Start) => self,
        }
    }

    fn is_done(self) -> bool {
        self >= Self::Cancelled
    }

    fn of(result: &Result<u32, Error>) -> Self {
        match result {
            Ok(_) => Self::Returned,
            Err(Error::Cancelled) => Self::Cancelled,
            Err(Error::Panicked { .. }) => Self::Panicked,
            Err(Error::Abandoned) => Self::Abandoned,
            Err(other) => panic!("nothing did this: {other}"),
        }
    }
}

/// Does it, and holds what is said of it against the model.
fn apply(event: Event, state: State, promise: &mut Option<Promise<u32>>, future: &Future<u32>) {
    let next = state.after(event);
    let changes = next != state;
    match (event, promise.as_ref()) {
        (Event::Cancel, _) => assert_eq!(future.cancel(), next == State::Cancelled),
        (_, None) => {}
        (Event::Prefetch, Some(promise)) => assert_eq!(promise.set_prefetched(), changes),
        (Event::Requeue, Some(promise)) => promise.set_pending(),
        (Event::Start, Some(promise)) => assert_eq!(promise.set_running(), changes),
        (Event::Return | Event::Panic, Some(_)) => {
            let panic = Error::Panicked { message: "boom".to_owned(), location: None };
            let result = if matches!(event, Event::Return) { Ok(7) } else { Err(panic) };
            let finished = promise.take().map(|promise| promise.finish(result));
            assert_eq!(finished, Some(changes));
        }
        (Event::Drop, Some(_)) => *promise = None,
    }
    assert_eq!((future.done(), future.running()), (next.is_done(), next == State::Running));
    assert_eq!(future.cancelled(), next == State::Cancelled);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_future_ends_once_and_as_it_was_told(
        events in prop::collection::vec((0..6usize, prop::sample::select(vec![
            Event::Cancel, Event::Prefetch, Event::Requeue, Event::Start, Event::Return, Event::Panic, Event::Drop,
        ])), 0..40),
    ) {
        let called: Arc<[AtomicUsize; 6]> = Arc::default();
        let (mut promises, futures): (Vec<_>, Vec<_>) = (0..6).map(|_| pair()).map(|(promise, future)| (Some(promise), future)).unzip();
        for (i, future) in futures.iter().enumerate() {
            let called = called.clone();
            future.add_done_callback(move |_| {
                called[i].fetch_add(1, Ordering::Relaxed);
            });
        }
        let calls = || called.each_ref().map(|count| count.load(Ordering::Relaxed));
        let mut states = [State::Pending; 6];
        for (i, event) in events {
            apply(event, states[i], &mut promises[i], &futures[i]);
            states[i] = states[i].after(event);
            prop_assert_eq!(calls(), states.map(|state| usize::from(state.is_done())), "a callback is called when its future ends");
        }

        let ids: BTreeMap<usize, Id> = futures.iter().map(Future::id).enumerate().collect();
        let waited = wait(futures, Until::All, Some(Duration::ZERO));
        prop_assert_eq!(waited.done.len(), states.iter().filter(|state| state.is_done()).count());
        // What has not ended is abandoned by its executor.
        drop(promises);
        let ended = states.map(|state| if state.is_done() { state } else { State::Abandoned });
        let mut yielded = 0;
        for future in as_completed(waited.done.into_iter().chain(waited.not_done)) {
            let place = ids.iter().find(|(_, id)| **id == future.id()).map(|(place, _)| *place).expect("one of ours");
            prop_assert_eq!(State::of(&future.result()), ended[place]);
            yielded += 1;
        }
        prop_assert_eq!(yielded, 6);
        prop_assert_eq!(calls(), [1; 6]);
    }
}
